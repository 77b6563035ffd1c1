package talk_test

import (
	"fmt"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
)

// Reading a stream to its newest row. Two calls are there, and the API never says that there are no more.
func ExampleCursor() {
	stored := []talk.Row{
		{ID: 1, Updated: 1600, Fingerprint: 0xa1, IDOK: true, UpdatedOK: true},
		{ID: 2, Updated: 1700, Fingerprint: 0xa2, IDOK: true, UpdatedOK: true},
	}
	// fetch stands for Client.Page: a page of the rows modified at or after a second, and what they were read as.
	fetch := func(r talk.Request) (*talk.Page, []talk.Row) {
		page := &talk.Page{ServerTime: time.Unix(90_000, 0)}
		var rows []talk.Row
		for _, row := range stored {
			if row.Updated >= r.Start {
				rows = append(rows, row)
				page.EndTime, page.EndTimeOK = row.Updated, true
			}
		}
		return page, rows
	}

	c := talk.NewCursor(talk.CursorConfig{Start: 1500, End: talk.NoEnd, Settle: 300})
	for !c.Done() {
		fmt.Println("from", c.Request().Start)
		page, rows := fetch(c.Request())
		c.BeginPage(page.ServerTime)
		for _, row := range rows {
			if c.Admit(row) {
				fmt.Println("  emit row", row.ID)
			}
		}
		if err := c.EndPage(page); err != nil {
			fmt.Println("  failed:", err)
			break
		}
		if second, ok := c.Bookmark(); ok {
			fmt.Println("  save", second, "and", len(c.Seen()), "version")
		}
	}
	// Output:
	// from 1500
	//   emit row 1
	//   emit row 2
	//   save 1700 and 1 version
	// from 1700
	//   save 1700 and 1 version
	// from 1701
	//   save 1700 and 1 version
}
