package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
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
	mux.HandleFunc("POST "+under+"/_sim/erase", func(w http.ResponseWriter, r *http.Request) {
		stream := r.FormValue("stream")
		ids, err := chosen(sim, stream, r.FormValue("id"), r.FormValue("n"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		answer(w, sim.Erase(stream, ids...))
	})
	mux.HandleFunc("GET "+under+"/_sim/truth/{stream}", func(w http.ResponseWriter, r *http.Request) {
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
	mux.HandleFunc("GET "+under+"/_sim/requests", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, sim.Requests())
	})
}

// chosen returns the ids in a comma-separated list, or the n lowest ids of the rows that are there.
func chosen(sim *talksim.Sim, stream, list, n string) ([]int64, error) {
	if stream != talksim.Calls && stream != talksim.Legs {
		return nil, fmt.Errorf("stream: no such stream: %q", stream)
	}
	if list == "" {
		most, err := strconv.Atoi(n)
		if err != nil || most < 0 {
			return nil, fmt.Errorf("want id=1,2,3 or n=10, got n=%q", n)
		}
		ids := slices.Sorted(maps.Keys(sim.Account().Final(stream, sim.Now().Unix())))
		return ids[:min(most, len(ids))], nil
	}
	var ids []int64
	for text := range strings.SplitSeq(list, ",") {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("id: %w", err)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// answer writes a JSON text, rows as they are.
func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // a client that is gone needs no answer
}
