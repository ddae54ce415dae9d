// What applications do with go-redis. Runs each test on an empty server and prints, a line each, its
// name and what went wrong as JSON: `go-redis PORT PROTOCOL`.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

var ctx = context.Background()

type failure struct{ what string }

func must(err error) {
	if err != nil {
		panic(failure{err.Error()})
	}
}

func same(found, wanted interface{}) {
	if !reflect.DeepEqual(found, wanted) {
		panic(failure{fmt.Sprintf("%#v is not %#v", found, wanted)})
	}
}

func upTo(count int) []int {
	numbers := make([]int, count)
	for i := range numbers {
		numbers[i] = i
	}
	return numbers
}

// inParallel runs something so many times at once, and fails when one of them does.
func inParallel(count int, work func(i int)) {
	var all sync.WaitGroup
	failures := make(chan interface{}, count)
	for i := 0; i < count; i++ {
		all.Add(1)
		go func(i int) {
			defer all.Done()
			defer func() {
				if what := recover(); what != nil {
					failures <- what
				}
			}()
			work(i)
		}(i)
	}
	all.Wait()
	close(failures)
	for what := range failures {
		panic(what)
	}
}

func values(r *redis.Client) {
	must(r.Set(ctx, "k", "\x00\xff\r\n", time.Minute).Err())
	same(r.Get(ctx, "k").Val(), "\x00\xff\r\n")
	same(r.Get(ctx, "none").Err(), redis.Nil)
	same(r.SetNX(ctx, "k", "v", 0).Val(), false)
	left := r.TTL(ctx, "k").Val()
	same(left > 50*time.Second && left <= time.Minute, true)
	same(r.HSet(ctx, "h", map[string]interface{}{"a": 1, "b": "größer"}).Val(), int64(2))
	same(r.HGetAll(ctx, "h").Val(), map[string]string{"a": "1", "b": "größer"})
	must(r.RPush(ctx, "l", 1, 2, 3).Err())
	same(r.LRange(ctx, "l", 0, -1).Val(), []string{"1", "2", "3"})
	must(r.SAdd(ctx, "s", "x", "y").Err())
	same(r.SMembersMap(ctx, "s").Val(), map[string]struct{}{"x": {}, "y": {}})
	must(r.ZAdd(ctx, "z", redis.Z{Score: 1, Member: "one"}, redis.Z{Score: 0.5, Member: "half"}).Err())
	same(r.ZRangeWithScores(ctx, "z", 0, -1).Val(),
		[]redis.Z{{Score: 0.5, Member: "half"}, {Score: 1, Member: "one"}})
	same(r.ConfigGet(ctx, "maxmemory").Val(), map[string]string{"maxmemory": "0"})
	err := r.LPush(ctx, "k", 1).Err()
	same(err != nil && strings.HasPrefix(err.Error(), "WRONGTYPE "), true)
	pipe := r.Pipeline()
	for i := 0; i < 1000; i++ {
		pipe.Set(ctx, "key:"+strconv.Itoa(i), i, 0)
	}
	_, err = pipe.Exec(ctx)
	must(err)
	found := 0
	iterator := r.Scan(ctx, 0, "key:*", 100).Iterator()
	seen := map[string]bool{}
	for iterator.Next(ctx) {
		if !seen[iterator.Val()] {
			seen[iterator.Val()] = true
			found++
		}
	}
	must(iterator.Err())
	same(found, 1000)
}

func watched(r *redis.Client) {
	inParallel(8, func(int) {
		for i := 0; i < 20; i++ {
			for {
				err := r.Watch(ctx, func(tx *redis.Tx) error {
					n, err := tx.Get(ctx, "n").Int()
					if err != nil && !errors.Is(err, redis.Nil) {
						return err
					}
					_, err = tx.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
						pipe.Set(ctx, "n", n+1, 0)
						pipe.RPush(ctx, "log", n)
						return nil
					})
					return err
				}, "n")
				if err == nil {
					break
				}
				if !errors.Is(err, redis.TxFailedErr) {
					must(err)
				}
			}
		}
	})
	same(r.Get(ctx, "n").Val(), "160")
	log := []int{}
	must(r.LRange(ctx, "log", 0, -1).ScanSlice(&log))
	same(log, upTo(160))
}

func pooled(r *redis.Client) {
	counts := make([]int, 500)
	inParallel(50, func(i int) {
		for j := 0; j < 10; j++ {
			n, err := r.Incr(ctx, "n").Result()
			must(err)
			counts[i*10+j] = int(n) - 1
		}
	})
	sort.Ints(counts)
	same(counts, upTo(500))
}

func scripts(r *redis.Client) {
	add := redis.NewScript(`
		local v = redis.call("HINCRBY", KEYS[1], ARGV[1], ARGV[2])
		return {v, redis.call("HLEN", KEYS[1]), ARGV[1], false}`)
	for i := 1; i <= 3; i++ {
		found, err := add.Run(ctx, r, []string{"h"}, "f", 5).Result()
		must(err)
		same(found, []interface{}{int64(i * 5), int64(1), "f", nil})
		must(r.ScriptFlush(ctx).Err())
	}
	pipe := r.Pipeline()
	must(add.Load(ctx, r).Err())
	for i := 0; i < 100; i++ {
		add.EvalSha(ctx, pipe, []string{"h"}, "f", 1)
	}
	results, err := pipe.Exec(ctx)
	must(err)
	same(results[99].(*redis.Cmd).Val(), []interface{}{int64(115), int64(1), "f", nil})
}

func messages(r *redis.Client) {
	listener := r.Subscribe(ctx, "news")
	defer listener.Close()
	must(listener.PSubscribe(ctx, "n*"))
	for i := 0; i < 2; i++ {
		_, err := listener.Receive(ctx)
		must(err)
	}
	heard := listener.Channel()
	for i := 0; i < 100; i++ {
		same(r.Publish(ctx, "news", i).Val(), int64(2))
	}
	plain, matched := []int{}, []int{}
	for len(plain)+len(matched) < 200 {
		select {
		case message := <-heard:
			n, err := strconv.Atoi(message.Payload)
			must(err)
			if message.Pattern == "" {
				plain = append(plain, n)
			} else {
				matched = append(matched, n)
			}
		case <-time.After(20 * time.Second):
			panic(failure{"messages are missing"})
		}
	}
	same(plain, upTo(100))
	same(matched, upTo(100))
}

func queue(r *redis.Client) {
	var lock sync.Mutex
	done := []int{}
	inParallel(5, func(i int) {
		if i == 0 {
			for job := 0; job < 200; job++ {
				must(r.LPush(ctx, "jobs", job).Err())
			}
			for worker := 0; worker < 4; worker++ {
				must(r.LPush(ctx, "jobs", -1).Err())
			}
			return
		}
		for {
			job, err := r.BRPopLPush(ctx, "jobs", "taken", 20*time.Second).Int()
			must(err)
			same(r.LRem(ctx, "taken", 1, job).Val(), int64(1))
			if job < 0 {
				return
			}
			lock.Lock()
			done = append(done, job)
			lock.Unlock()
		}
	})
	sort.Ints(done)
	same(done, upTo(200))
	same(r.Exists(ctx, "jobs", "taken").Val(), int64(0))
}

func groups(r *redis.Client) {
	must(r.XGroupCreateMkStream(ctx, "s", "g", "0").Err())
	for i := 0; i < 100; i++ {
		must(r.XAdd(ctx, &redis.XAddArgs{Stream: "s", Values: []interface{}{"i", i}}).Err())
	}
	var lock sync.Mutex
	seen := []int{}
	note := func(message redis.XMessage) {
		n, err := strconv.Atoi(message.Values["i"].(string))
		must(err)
		same(r.XAck(ctx, "s", "g", message.ID).Val(), int64(1))
		lock.Lock()
		seen = append(seen, n)
		lock.Unlock()
	}
	read := func(consumer string, count int64) []redis.XMessage {
		streams, err := r.XReadGroup(ctx, &redis.XReadGroupArgs{
			Group: "g", Consumer: consumer, Streams: []string{"s", ">"}, Count: count,
			Block: 50 * time.Millisecond,
		}).Result()
		if errors.Is(err, redis.Nil) {
			return nil
		}
		must(err)
		return streams[0].Messages
	}
	same(len(read("gone", 10)), 10)
	inParallel(3, func(i int) {
		for {
			batch := read("c"+strconv.Itoa(i), 7)
			if batch == nil {
				return
			}
			for _, message := range batch {
				note(message)
			}
		}
	})
	claimed, _, err := r.XAutoClaim(ctx, &redis.XAutoClaimArgs{
		Stream: "s", Group: "g", Consumer: "heir", Start: "0", Count: 100,
	}).Result()
	must(err)
	same(len(claimed), 10)
	for _, message := range claimed {
		note(message)
	}
	sort.Ints(seen)
	same(seen, upTo(100))
	same(r.XPending(ctx, "s", "g").Val().Count, int64(0))
}

func cancelled(r *redis.Client) {
	soon, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	impatient := redis.NewClient(r.Options())
	defer impatient.Close()
	impatient.Options().ContextTimeoutEnabled = true
	err := impatient.BLPop(soon, time.Second, "empty").Err()
	same(err != nil, true)
	for strings.Contains(r.ClientList(ctx).Val(), "cmd=blpop") {
		time.Sleep(10 * time.Millisecond)
	}
	must(r.RPush(ctx, "empty", "kept").Err())
	same(r.LRange(ctx, "empty", 0, -1).Val(), []string{"kept"})
}

var tests = []struct {
	name string
	run  func(r *redis.Client)
}{
	{"values of every type, errors, a scan of a thousand keys", values},
	{"goroutines that watch and count lose no update", watched},
	{"fifty goroutines on one pool", pooled},
	{"scripts, also where the server has forgotten them", scripts},
	{"messages of channels and patterns come in order", messages},
	{"workers that wait take each job exactly once", queue},
	{"consumers of a group share a stream, and one claims what another left", groups},
	{"a wait that is cancelled takes nothing", cancelled},
}

func attempt(r *redis.Client, run func(r *redis.Client)) (problem interface{}) {
	defer func() {
		if what := recover(); what != nil {
			if known, ok := what.(failure); ok {
				problem = known.what
			} else {
				problem = fmt.Sprint(what)
			}
		}
	}()
	must(r.FlushAll(ctx).Err())
	must(r.ScriptFlush(ctx).Err())
	run(r)
	return nil
}

func main() {
	protocol, err := strconv.Atoi(os.Args[2])
	must(err)
	r := redis.NewClient(&redis.Options{Addr: "127.0.0.1:" + os.Args[1], Protocol: protocol})
	for _, test := range tests {
		line, err := json.Marshal(map[string]interface{}{
			"name": test.name, "error": attempt(r, test.run),
		})
		must(err)
		fmt.Println(string(line))
	}
}
