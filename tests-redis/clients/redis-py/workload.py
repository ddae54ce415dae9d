"""What applications do with redis-py. Runs each test on an empty server and prints, a line each,
its name and what went wrong as JSON: `python workload.py PORT PROTOCOL`."""

import asyncio
import json
import sys
import threading
import traceback

import redis
import redis.asyncio
from redis.exceptions import LockNotOwnedError, NoScriptError, ResponseError, WatchError

PORT = int(sys.argv[1])
PROTOCOL = int(sys.argv[2])
TESTS = {}


def test(name):
    def remember(function):
        TESTS[name] = function
        return function

    return remember


def client(**options):
    return redis.Redis(host="127.0.0.1", port=PORT, protocol=PROTOCOL, **options)


def same(found, wanted):
    if found != wanted:
        raise AssertionError(f"{found!r} is not {wanted!r}")


def in_threads(count, work):
    errors = []

    def run(i):
        try:
            work(i)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


@test("values of every type, as bytes and as text")
def values():
    r = client()
    t = client(decode_responses=True)
    same(r.set("k", b"\x00\xff\r\n"), True)
    same(r.get("k"), b"\x00\xff\r\n")
    same(r.set("k", "v", nx=True), None)
    same(r.set("k", "v", get=True), b"\x00\xff\r\n")
    same(t.hset("h", mapping={"a": 1, "b": "größer"}), 2)
    same(t.hgetall("h"), {"a": "1", "b": "größer"})
    same(t.rpush("l", *range(5)), 5)
    same(t.lrange("l", 0, -1), ["0", "1", "2", "3", "4"])
    same(t.sadd("s", "x", "y"), 2)
    same(set(t.smembers("s")), {"x", "y"})
    same(t.zadd("z", {"one": 1, "half": 0.5}), 2)
    same([tuple(p) for p in t.zrange("z", 0, -1, withscores=True)], [("half", 0.5), ("one", 1.0)])
    same(t.zincrby("z", 1.25, "half"), 1.75)
    same(t.geoadd("g", (13.361389, 38.115556, "Palermo", 15.087269, 37.502669, "Catania")), 2)
    same(t.geodist("g", "Palermo", "Catania", unit="km"), 166.2742)
    same(t.setbit("bits", 7, 1), 0)
    same(t.bitcount("bits"), 1)
    same(t.pfadd("hll", *range(100)), 1)
    same(97 <= t.pfcount("hll") <= 103, True)
    same(t.expire("k", 100), True)
    same(90 < t.ttl("k") <= 100, True)
    same(t.type("z"), "zset")
    same(sorted(t.scan_iter(match="[hlsz]", count=2)), ["h", "l", "s", "z"])
    same(t.info("server")["redis_mode"], "standalone")
    same(t.config_get("maxmemory"), {"maxmemory": "0"})


@test("errors have their classes and texts")
def errors():
    r = client()
    r.set("k", "v")
    for call, text in (
        (lambda: r.incr("k"), "value is not an integer or out of range"),
        (lambda: r.lpush("k", 1), "WRONGTYPE Operation against a key holding the wrong kind"),
        (lambda: r.execute_command("NOSUCH", "x"), "unknown command 'NOSUCH'"),
    ):
        try:
            call()
        except ResponseError as error:
            same(text in str(error), True)
        else:
            raise AssertionError(f"no error: {text}")
    try:
        r.evalsha("0" * 40, 0)
    except NoScriptError:
        pass


@test("threads that watch and count lose no update")
def watched():
    r = client()
    conflicts = []

    def count(_):
        own = client()
        for _ in range(20):
            with own.pipeline() as pipe:
                while True:
                    try:
                        pipe.watch("n")
                        value = int(pipe.get("n") or 0)
                        pipe.multi()
                        pipe.set("n", value + 1)
                        pipe.rpush("log", value + 1)
                        pipe.execute()
                        break
                    except WatchError:
                        conflicts.append(1)

    in_threads(5, count)
    same(r.get("n"), b"100")
    same([int(v) for v in r.lrange("log", 0, -1)], list(range(1, 101)))

    def add(pipe):
        value = int(pipe.get("n"))
        pipe.multi()
        pipe.set("n", value + 1)
        pipe.get("n")

    same(r.transaction(add, "n"), [True, b"101"])


@test("a pipeline of a thousand, in a transaction and not, with an error among them")
def pipelines():
    r = client()
    r.set("text", "v")
    for transaction in (True, False):
        pipe = r.pipeline(transaction=transaction)
        for i in range(1000):
            pipe.set(f"k{i}", i)
        pipe.incr("text")
        pipe.mget([f"k{i}" for i in range(1000)])
        results = pipe.execute(raise_on_error=False)
        same(len(results), 1002)
        same(isinstance(results[1000], ResponseError), True)
        same(results[1001], [str(i).encode() for i in range(1000)])


@test("a lock lets one in at a time, ends by itself, and is nobody else's to release")
def locks():
    r = client()
    inside = []

    def enter(_):
        own = client()
        for _ in range(5):
            with own.lock("lock", timeout=30, sleep=0.002):
                inside.append(1)
                same(len(inside), 1)
                value = int(own.get("n") or 0)
                own.set("n", value + 1)
                inside.pop()

    in_threads(5, enter)
    same(r.get("n"), b"25")
    first = r.lock("short", timeout=0.05)
    same(first.acquire(), True)
    second = r.lock("short", timeout=30)
    same(second.acquire(blocking_timeout=5), True)
    try:
        first.release()
        raise AssertionError("released what was not its own")
    except LockNotOwnedError:
        pass
    same(second.extend(10), True)
    same(second.owned(), True)
    second.release()
    same(r.exists("short"), 0)


@test("scripts, also where the server has forgotten them")
def scripts():
    r = client()
    add = r.register_script(
        "local v = redis.call('HINCRBY', KEYS[1], ARGV[1], ARGV[2]) "
        "return {v, redis.call('HLEN', KEYS[1])}"
    )
    same(add(keys=["h"], args=["f", 5]), [5, 1])
    r.script_flush()
    same(add(keys=["h"], args=["g", 7]), [7, 2])
    r.script_flush()
    pipe = r.pipeline()
    for i in range(10):
        add(keys=["h"], args=["f", 1], client=pipe)
    same(pipe.execute(), [[6 + i, 2] for i in range(10)])


@test("messages of channels and patterns come in order")
def messages():
    r = client()
    listener = r.pubsub(ignore_subscribe_messages=True)
    heard = []
    done = threading.Event()

    def hear(message):
        heard.append((message["type"], int(message["data"])))
        if len(heard) == 400:
            done.set()

    listener.subscribe(news=hear)
    listener.psubscribe(**{"n*": hear})
    thread = listener.run_in_thread(sleep_time=0.01)
    while r.pubsub_numsub("news") != [(b"news", 1)] or r.pubsub_numpat() != 1:
        pass
    for i in range(200):
        same(r.publish("news", i), 2)
    same(done.wait(20), True)
    thread.stop()
    thread.join()
    for kind in ("message", "pmessage"):
        same([value for type_, value in heard if type_ == kind], list(range(200)))


@test("workers that wait take each job exactly once")
def queue():
    r = client()
    done = []

    def work(_):
        own = client()
        while True:
            item = own.blpop(["urgent", "jobs"], timeout=20)
            if item[1] == b"stop":
                return
            done.append(int(item[1]))

    def feed(_):
        for i in range(200):
            r.rpush("jobs", i)
        for _ in range(4):
            r.rpush("jobs", "stop")

    in_threads(5, lambda i: feed(i) if i == 0 else work(i))
    same(sorted(done), list(range(200)))


@test("consumers of a group share a stream, and one claims what another left")
def groups():
    r = client(decode_responses=True)
    r.xgroup_create("s", "g", id="0", mkstream=True)
    ids = [r.xadd("s", {"i": i}) for i in range(100)]

    def entries(reply):
        if not reply:
            return []
        pairs = reply.items() if isinstance(reply, dict) else reply
        found = [batch for _, batch in pairs]
        flat = found[0]
        return flat[0] if flat and isinstance(flat[0], list) else flat

    left = entries(r.xreadgroup("g", "gone", {"s": ">"}, count=10))
    same(len(left), 10)
    seen = []

    def consume(i):
        own = client(decode_responses=True)
        while True:
            batch = entries(own.xreadgroup("g", f"c{i}", {"s": ">"}, count=7))
            if not batch:
                return
            for entry, fields in batch:
                seen.append((entry, int(fields["i"])))
                same(own.xack("s", "g", entry), 1)

    in_threads(3, consume)
    same(r.xpending("s", "g")["pending"], 10)
    claimed = r.xautoclaim("s", "g", "heir", min_idle_time=0, count=100)[1]
    for entry, fields in claimed:
        seen.append((entry, int(fields["i"])))
        r.xack("s", "g", entry)
    same(sorted(seen), sorted(zip(ids, range(100))))
    same(r.xpending("s", "g")["pending"], 0)


@test("asyncio: many at once, messages, and a wait that is cancelled")
def asynchronous():
    async def main():
        pool = redis.asyncio.BlockingConnectionPool(
            host="127.0.0.1", port=PORT, protocol=PROTOCOL, max_connections=50
        )
        r = redis.asyncio.Redis(connection_pool=pool)
        counts = await asyncio.gather(*(r.incr("n") for _ in range(200)))
        same(sorted(counts), list(range(1, 201)))
        async with r.pubsub() as listener:
            await listener.subscribe("c")
            same((await listener.get_message(timeout=10))["type"], "subscribe")
            for i in range(50):
                await r.publish("c", i)
            heard = []
            async for message in listener.listen():
                heard.append(int(message["data"]))
                if len(heard) == 50:
                    break
            same(heard, list(range(50)))
        try:
            await asyncio.wait_for(r.blpop(["empty"], timeout=20), timeout=0.05)
            raise AssertionError("something was there")
        except asyncio.TimeoutError:
            pass
        while [c for c in await r.client_list() if c["cmd"] == "blpop"]:
            await asyncio.sleep(0.01)
        # Whoever waited is gone, and takes nothing.
        await r.rpush("empty", "kept")
        same(await r.lrange("empty", 0, -1), [b"kept"])
        await r.aclose()
        await pool.disconnect()

    asyncio.run(main())


def main():
    for name, function in TESTS.items():
        client().flushall()
        client().script_flush()
        error = None
        try:
            function()
        except BaseException:
            error = traceback.format_exc()
        print(json.dumps({"name": name, "error": error}), flush=True)


main()
