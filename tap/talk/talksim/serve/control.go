package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
)

// control adds the control endpoints of a simulator to mux, under a path.
func control(mux *http.ServeMux, under string, sim *talksim.Sim) {
	mux.HandleFunc("POST "+under+"/_sim/advance", func(w http.ResponseWriter, r *http.Request) {
		d, err := time.ParseDuration(r.FormValue("d"))
		if err != nil {
			http.Error(w, "d: "+err.Error(), http.StatusBadRequest)
			return
		}
		sim.Advance(d)
		_, _ = fmt.Fprintln(w, sim.Now().UTC().Format(time.RFC3339)) // who asked and left doesn't matter
	})
	truth := func(stream string) map[int64][]byte { return sim.Account().Final(stream, sim.Now().Unix()) }
	mux.HandleFunc("POST "+under+"/_sim/erase", func(w http.ResponseWriter, r *http.Request) {
		stream := r.FormValue("stream")
		n, err := strconv.Atoi(r.FormValue("n"))
		if err != nil || n < 0 || !known(stream) {
			http.Error(w, "want stream=calls or stream=legs, and n=10 or another number", http.StatusBadRequest)
			return
		}
		ids := slices.Sorted(maps.Keys(truth(stream)))
		answer(w, sim.Erase(stream, ids[:min(n, len(ids))]...))
	})
	mux.HandleFunc("GET "+under+"/_sim/truth/{stream}", func(w http.ResponseWriter, r *http.Request) {
		stream := r.PathValue("stream")
		if !known(stream) {
			http.NotFound(w, r)
			return
		}
		rows, final := make([]json.RawMessage, 0), truth(stream)
		for _, id := range slices.Sorted(maps.Keys(final)) {
			rows = append(rows, final[id])
		}
		answer(w, rows)
	})
	mux.HandleFunc("GET "+under+"/_sim/requests", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, sim.Requests())
	})
}

func known(stream string) bool { return stream == talksim.Calls || stream == talksim.Legs }

// answer writes a JSON text, rows as they are.
func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // a client that is gone needs no answer
}
