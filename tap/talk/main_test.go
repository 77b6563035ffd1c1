package talk

import (
	"flag"
	"fmt"
	"os"
	"testing"
)

// TestMain lets many tests run at once, since most of them wait for a network.
func TestMain(m *testing.M) {
	if err := flag.Set("test.parallel", "16"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}
