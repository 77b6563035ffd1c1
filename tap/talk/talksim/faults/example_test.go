package faults_test

import (
	"fmt"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim/faults"
)

// Scenarios are looked up by name: here the second request gets a 503, and every page
// ends with a next_page on another host.
func ExampleLookup() {
	for _, spec := range []string{"503=30@2", "next-page=foreign", "503=30@second"} {
		scenario, err := faults.Lookup(spec)
		fmt.Println(scenario.Name, err)
	}
	// Output:
	// 503=30@2 <nil>
	// next-page=foreign <nil>
	//  scenario 503=30@second: "second" selects no requests: want 3, 3-5, 3+, every4, p0.1, calls, legs, token or any
}
