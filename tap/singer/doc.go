// Package singer speaks the Singer protocol for a tap. (A chapter follows.)
package singer
