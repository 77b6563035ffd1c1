package singer

import "time"

// A moment is a date-time as a record holds it.
type moment struct {
	unix  int64
	frac  []byte // the fraction of a second as it was sent, with its point, or nothing
	exact bool   // the text is already what targets want: upper case, UTC, "Z"
}

// parseMoment reads an RFC 3339 date-time; a space for the T, lower case, and the offsets +0200 and +02 are taken as well. It is
// stricter than the RFC where Python's datetime is, since targets use that: no second 60, no year 0 or beyond 9999 in UTC.
func parseMoment(b []byte) (moment, bool) {
	const length = len("2021-10-20T15:16:31")
	if len(b) <= length || b[4] != '-' || b[7] != '-' || b[13] != ':' || b[16] != ':' {
		return moment{}, false
	}
	if b[10] != 'T' && b[10] != 't' && b[10] != ' ' {
		return moment{}, false
	}
	century, year, month, day := pair(b), pair(b[2:]), pair(b[5:]), pair(b[8:])
	hour, minute, second := pair(b[11:]), pair(b[14:]), pair(b[17:])
	if century < 0 || year < 0 || month < 1 || month > 12 || day < 1 ||
		hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 {
		return moment{}, false
	}
	year += century * 100
	if day > 28 && day > daysIn(month, year) {
		return moment{}, false
	}
	end := length
	if b[end] == '.' {
		end++
		for end < len(b) && b[end] >= '0' && b[end] <= '9' {
			end++
		}
		if end == length+1 {
			return moment{}, false
		}
	}
	offset, ok := parseOffset(b[end:])
	unix := int64(unixDay(year, month, day)*86400+hour*3600+minute*60+second) - offset
	const first, last = -62135596800, 253402300799 // 0001-01-01T00:00:00Z, 9999-12-31T23:59:59Z
	if !ok || unix < first || unix > last {
		return moment{}, false
	}
	return moment{unix, b[length:end], b[10] == 'T' && b[end] == 'Z'}, true
}

// daysIn is how many days a month has.
func daysIn(month, year int) int {
	switch {
	case month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0):
		return 29
	case month == 2:
		return 28
	case month == 4 || month == 6 || month == 9 || month == 11:
		return 30
	}
	return 31
}

// unixDay is the day of a date, counted from 1970-01-01 in the Gregorian calendar: years begin in March here, so that the leap day is
// the last one. (time.Date does the same at four times the cost, three times a record.)
func unixDay(year, month, day int) int {
	if month <= 2 {
		year, month = year-1, month+12
	}
	const epoch = 719469
	return 365*year + year/4 - year/100 + year/400 + (153*month-457)/5 + day - epoch
}

// parseOffset reads Z, +02, +0200 or +02:00 as seconds east of UTC.
func parseOffset(b []byte) (int64, bool) {
	if len(b) == 1 {
		return 0, b[0] == 'Z' || b[0] == 'z'
	}
	if len(b) < 3 || b[0] != '+' && b[0] != '-' {
		return 0, false
	}
	hours, minutes := pair(b[1:]), 0
	switch {
	case len(b) == 5:
		minutes = pair(b[3:])
	case len(b) == 6 && b[3] == ':':
		minutes = pair(b[4:])
	case len(b) != 3:
		return 0, false
	}
	if hours < 0 || hours > 23 || minutes < 0 || minutes > 59 {
		return 0, false
	}
	seconds := int64(hours*3600 + minutes*60)
	if b[0] == '-' {
		seconds = -seconds
	}
	return seconds, true
}

// pair reads two decimal digits; it returns something negative if they are none.
func pair(b []byte) int {
	tens, ones := b[0]-'0', b[1]-'0'
	if tens > 9 || ones > 9 {
		return -1
	}
	return int(tens)*10 + int(ones)
}

// appendMoment appends the date-time b as a JSON string in UTC, with "Z" and its fraction as it was sent.
func appendMoment(dst, b []byte) ([]byte, bool) {
	m, ok := parseMoment(b)
	if !ok {
		return dst, false
	}
	dst = append(dst, '"')
	if m.exact {
		dst = append(dst, b...)
	} else {
		dst = time.Unix(m.unix, 0).UTC().AppendFormat(dst, "2006-01-02T15:04:05")
		dst = append(append(dst, m.frac...), 'Z')
	}
	return append(dst, '"'), true
}
