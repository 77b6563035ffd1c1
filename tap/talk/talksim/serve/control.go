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
		_, _ = fmt.Fprintln(w, sim.Now().UTC().Format(time.RFC3339)) // who asked and left doesn't matter
	})
	mux.HandleFunc("GET /_sim/truth/{stream}", func(w http.ResponseWriter, r *http.Request) {
		stream := r.PathValue("stream")
		if stream != talksim.Calls && stream != talksim.Legs {
			http.NotFound(w, r)
			return
		}
		final := sim.Account().Final(stream, sim.Now().Unix())
		rows := []byte("[")
		for i, id := range slices.Sorted(maps.Keys(final)) {
			if i > 0 {
				rows = append(rows, ',', '\n')
			}
			rows = append(rows, final[id]...) // byte for byte as the API sends them
		}
		answer(w, append(rows, "]\n"...))
	})
	mux.HandleFunc("GET /_sim/requests", func(w http.ResponseWriter, _ *http.Request) {
		requests, err := json.MarshalIndent(sim.Requests(), "", " ")
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		answer(w, append(requests, '\n'))
	})
	return mux
}

func answer(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body) // a client that is gone needs no answer
}
