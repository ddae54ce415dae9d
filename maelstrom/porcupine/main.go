// Judges histories by porcupine, an independent linearizability checker: one history in JSON a
// line on standard input, one verdict a line on standard output.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log"
	"math"
	"os"
	"time"

	"github.com/anishathalye/porcupine"
)

// A history of transactions; a single command is a transaction of one.
type history struct {
	Name string `json:"name"`
	// Whether each operation is one command of one key, so that keys can be judged apart.
	ByKey      bool        `json:"byKey"`
	Operations []operation `json:"operations"`
}

type operation struct {
	Session int   `json:"session"`
	Call    int64 `json:"call"`
	// Null when nobody saw the operation return.
	Return *int64 `json:"return"`
	Input  input  `json:"input"`
	// Null when EXEC answered nil.
	Replies []any `json:"replies"`
}

type input struct {
	Watched  []watched  `json:"watched"`
	Commands [][]string `json:"commands"`
}

type watched struct {
	Key   string `json:"key"`
	Value any    `json:"value"`
}

type output struct {
	known   bool
	replies []any
}

type verdict struct {
	Name   string `json:"name"`
	Result string `json:"result"`
}

const limit = 3 * time.Second

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 256<<20)
	answers := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var one history
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			log.Fatal(err)
		}
		if err := answers.Encode(verdict{one.Name, judge(one)}); err != nil {
			log.Fatal(err)
		}
	}
	if err := lines.Err(); err != nil {
		log.Fatal(err)
	}
}

func judge(one history) string {
	operations := make([]porcupine.Operation, 0, len(one.Operations))
	for _, op := range one.Operations {
		converted := porcupine.Operation{
			ClientId: op.Session,
			Input:    op.Input,
			Call:     op.Call,
			Output:   output{known: op.Return != nil, replies: op.Replies},
			Return:   math.MaxInt64,
		}
		if op.Return != nil {
			converted.Return = *op.Return
		}
		operations = append(operations, converted)
	}
	model := strings()
	if one.ByKey {
		model.Partition = byKey
	}
	return string(porcupine.CheckOperationsTimeout(model, operations, limit))
}

func byKey(operations []porcupine.Operation) [][]porcupine.Operation {
	parts := map[string][]porcupine.Operation{}
	for _, op := range operations {
		key := op.Input.(input).Commands[0][1]
		parts[key] = append(parts[key], op)
	}
	list := make([][]porcupine.Operation, 0, len(parts))
	for _, part := range parts {
		list = append(list, part)
	}
	return list
}

// strings is the sequential specification: strings by key.
func strings() porcupine.Model {
	return porcupine.Model{
		Init:  func() any { return state{} },
		Equal: func(a, b any) bool { return same(a.(state), b.(state)) },
		Step: func(before, in, out any) (bool, any) {
			return step(before.(state), in.(input), out.(output))
		},
		DescribeOperation: func(in, out any) string { return fmt.Sprint(in, out) },
	}
}

func step(before state, in input, out output) (bool, any) {
	if out.known && out.replies == nil {
		return true, before
	}
	for _, guard := range in.Watched {
		if !equal(value(before, guard.Key), guard.Value) {
			// An unknown transaction may have been aborted; one that answered was not.
			return !out.known, before
		}
	}
	if out.known && len(out.replies) != len(in.Commands) {
		return false, before
	}
	after := before
	for at, command := range in.Commands {
		var reply any
		after, reply = apply(after, command)
		if out.known && !isAny(out.replies[at]) && !equal(reply, out.replies[at]) {
			return false, before
		}
	}
	return true, after
}
