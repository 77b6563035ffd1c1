package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
)

// handler adds the control endpoints to the simulator.
func handler(sim *talksim.Sim) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", sim)
	mux.HandleFunc("POST /_sim/advance", func(w http.ResponseWriter, r *http.Request) {
		d, err := time.ParseDuration(r.FormValue("d"))
		if err != nil {
			http.Error(w, "d: "+err.Error(), http.StatusBadRequest)
			return
		}
		sim.Advance(d)
		fmt.Fprintln(w, sim.Now().UTC().Format(time.RFC3339))
	})
	mux.HandleFunc("GET /_sim/truth/{stream}", func(w http.ResponseWriter, r *http.Request) {
		stream := r.PathValue("stream")
		if stream != talksim.Calls && stream != talksim.Legs {
			http.NotFound(w, r)
			return
		}
		final := sim.Account().Final(stream, sim.Now().Unix())
		rows := make([]json.RawMessage, 0, len(final))
		for _, id := range slices.Sorted(maps.Keys(final)) {
			rows = append(rows, final[id])
		}
		answer(w, rows)
	})
	mux.HandleFunc("GET /_sim/requests", func(w http.ResponseWriter, _ *http.Request) { answer(w, sim.Requests()) })
	return mux
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}
