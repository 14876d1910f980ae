// Calls a server over HTTP/2 and prints what it saw as JSON: in a closed loop how many calls it answers, in an open loop how long
// each took. In the open loop calls have times of their own, whatever became of those before (Poisson), and each is counted from
// the time it was meant to be sent at: a server that stands still is charged with all that waited meanwhile.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"math/rand"
	"os"
	"slices"
	"time"
)

// Report is what the program prints. Times are in microseconds.
type Report struct {
	Calls     int     `json:"calls"`
	PerSecond float64 `json:"perSecond"`
	P50       float64 `json:"p50"`
	P99       float64 `json:"p99"`
	P999      float64 `json:"p999"`
	// How late the program itself was with its calls.
	LateP99 float64 `json:"lateP99"`
}

func main() {
	address := flag.String("address", "", "of the server")
	path := flag.String("path", "", "of the method")
	protocol := flag.String("protocol", "grpc", "grpc or connect")
	bodyFile := flag.String("body", "", "file with the request's body")
	count := flag.Int("connections", 4, "how many connections")
	inFlight := flag.Int("in-flight", 32, "closed loop: calls at a time on each connection")
	rate := flag.Float64("rate", 0, "open loop: calls in a second; 0: closed loop")
	seconds := flag.Float64("seconds", 5, "how long calls are made")
	flag.Parse()
	body, err := os.ReadFile(*bodyFile)
	if err != nil {
		log.Fatal(err)
	}
	request := newRequest(*address, *path, *protocol, body)
	connections := make([]*connection, *count)
	for i := range connections {
		if connections[i], err = dial(*address, request); err != nil {
			log.Fatal(err)
		}
	}
	duration := time.Duration(*seconds * float64(time.Second))
	var report Report
	if *rate > 0 {
		report = openLoop(connections, *rate, duration)
	} else {
		report = closedLoop(connections, *inFlight, duration)
	}
	encoded, err := json.Marshal(report)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(encoded))
}

func closedLoop(connections []*connection, inFlight int, duration time.Duration) Report {
	begun := time.Now()
	for _, connection := range connections {
		connection.repeatUntil = begun.Add(duration)
		for range inFlight {
			connection.call(begun)
		}
	}
	calls := 0
	for _, connection := range connections {
		connection.await(time.Minute)
		calls += len(connection.latencies)
	}
	return Report{Calls: calls, PerSecond: float64(calls) / time.Since(begun).Seconds()}
}

func openLoop(connections []*connection, rate float64, duration time.Duration) Report {
	random := rand.New(rand.NewSource(1))
	begun := time.Now()
	end := begun.Add(duration)
	var late []time.Duration
	next := begun
	for i := 0; next.Before(end); {
		now := time.Now()
		for !next.After(now) && next.Before(end) {
			connections[i%len(connections)].call(next)
			late = append(late, now.Sub(next))
			i++
			next = next.Add(time.Duration(random.ExpFloat64() / rate * float64(time.Second)))
		}
		time.Sleep(time.Until(next))
	}
	var all []time.Duration
	for _, connection := range connections {
		connection.await(time.Minute)
		all = append(all, connection.latencies...)
	}
	slices.Sort(all)
	slices.Sort(late)
	return Report{
		Calls:     len(all),
		PerSecond: float64(len(all)) / duration.Seconds(),
		P50:       percentile(all, 0.5),
		P99:       percentile(all, 0.99),
		P999:      percentile(all, 0.999),
		LateP99:   percentile(late, 0.99),
	}
}

func percentile(sorted []time.Duration, share float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return float64(sorted[int(share*float64(len(sorted)-1))].Nanoseconds()) / 1000
}
