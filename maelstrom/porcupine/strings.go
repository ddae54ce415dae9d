package main

import (
	"log"
	"reflect"
	"strconv"
)

// A state is never changed: commands make new ones.
type state map[string]string

func same(a, b state) bool { return reflect.DeepEqual(a, b) }

// equal compares replies as JSON decodes them: string, float64, nil, map for errors, slice.
func equal(a, b any) bool { return reflect.DeepEqual(a, b) }

// isAny tells a reply that was not recorded.
func isAny(reply any) bool {
	object, ok := reply.(map[string]any)
	return ok && object["any"] == true
}

func failure(text string) any { return map[string]any{"error": text} }

func value(s state, key string) any {
	if text, ok := s[key]; ok {
		return text
	}
	return nil
}

func clone(s state) state {
	next := make(state, len(s)+1)
	for key, text := range s {
		next[key] = text
	}
	return next
}

func with(s state, key, text string) state {
	next := clone(s)
	next[key] = text
	return next
}

func without(s state, key string) state {
	next := clone(s)
	delete(next, key)
	return next
}

func count(yes bool) any {
	if yes {
		return float64(1)
	}
	return float64(0)
}

func apply(s state, command []string) (state, any) {
	name, args := command[0], command[1:]
	old, exists := s[args[0]]
	switch name {
	case "GET":
		return s, value(s, args[0])
	case "SET":
		return with(s, args[0], args[1]), "OK"
	case "SETNX":
		if exists {
			return s, count(false)
		}
		return with(s, args[0], args[1]), count(true)
	case "GETSET":
		return with(s, args[0], args[1]), value(s, args[0])
	case "GETDEL":
		return without(s, args[0]), value(s, args[0])
	case "DEL":
		return without(s, args[0]), count(exists)
	case "STRLEN":
		return s, float64(len(old))
	case "APPEND":
		return with(s, args[0], old+args[1]), float64(len(old) + len(args[1]))
	case "INCR":
		return increment(s, args[0], old, exists)
	case "CAS":
		return compareAndSet(s, args, old, exists)
	case "MGET":
		replies := []any{}
		for _, key := range args {
			replies = append(replies, value(s, key))
		}
		return s, replies
	}
	log.Fatalf("%s has no sequential model", name)
	return nil, nil
}

func increment(s state, key, old string, exists bool) (state, any) {
	number, err := strconv.ParseInt(old, 10, 64)
	if exists && (err != nil || strconv.FormatInt(number, 10) != old) {
		return s, failure("ERR value is not an integer or out of range")
	}
	return with(s, key, strconv.FormatInt(number+1, 10)), float64(number + 1)
}

func compareAndSet(s state, args []string, old string, exists bool) (state, any) {
	if !exists {
		return s, failure("20")
	}
	if old != args[1] {
		return s, failure("22")
	}
	return with(s, args[0], args[2]), "OK"
}
