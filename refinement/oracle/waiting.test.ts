/**
 * Clients that wait for lists, sorted sets and streams, beside redis-server: the same conversations of several clients are
 * held with both, and every reply, its order and what replicas are sent must be the same.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { createServer, type Server } from "../../impl/server/create-server.ts";
import { ask, connectClient, type WireClient } from "../../testing/wire/client.ts";
import { connectFollower, type FollowerClient } from "../../testing/wire/replica.ts";
import { type RedisServer, startRedis } from "./redis.ts";

const CLIENTS = 4;
/** What has not come by then will never come, in milliseconds. */
const MOST_MS = 3_000;
/** Milliseconds since the epoch. */
const TIME = /\b\d{13}\b/g;
/** In the reply of HELLO. */
const CLIENT_ID = /(\$2\r\nid\r\n:)\d+/;

/**
 * What is said, by whom: `1 get k` is asked and answered, `1~ blpop k 0` begins to wait, `1!` is
 * the answer to that, `1x` goes away while it waits. What `1- client reply off` says has no answer,
 * and `1. blpop k 0` has stopped waiting without one.
 */
const CONVERSATIONS: Readonly<Record<string, readonly string[]>> = {
  "what is there is taken at once": [
    "0 rpush l a b c d e",
    "0 blpop x l 0",
    "0 brpop l 0",
    "0 blmove l m left right 0",
    "0 brpoplpush l m 0",
    "0 blmpop 0 2 x m left count 9",
    "0 blmove l l left left 0",
    "0 dbsize",
  ],
  "wrong types and arguments": [
    "0 set s 1",
    "0 rpush l a",
    "0 blpop s 0",
    "0 blpop x s l 0",
    "0 blmove l s left left 0",
    "0 blmove s l left left 0",
    "0 brpoplpush s l 0",
    "0 blmpop 0 1 s left",
    "0 blmove l x left middle no",
    "0 blmpop no 0 l left",
    "0 blmpop 0 2 l left",
    "0 blmpop 0 1 l left count 0",
    ...["x", "-1", "nan", "-inf", "", "1e9999"].map((timeout) => `0 blpop l ${timeout}`),
    "0 blpop l -0.0001",
  ],
  "within a transaction nothing waits": [
    "0 multi",
    "0 blpop x 0",
    "0 brpop x 0",
    "0 blmove x y left left 0",
    "0 brpoplpush x y 0",
    "0 blmpop 0 1 x left",
    "0 exec",
    "0 multi",
    "0 rpush l a b",
    "0 blpop l 0",
    "0 blmpop 0 1 l left count 3",
    "0 exec",
  ],
  "who skips a reply skips that of its wait": [
    "1- client reply skip",
    "1~ blpop l m 0",
    "0 rpush l a",
    "1.",
    "1 ping",
    "1- client reply skip",
    "1- blpop l 0.001",
    "1 ping",
    "1- client reply skip",
    "1~ xread block 0 streams s $",
    "0 xadd s 1-1 f v",
    "1.",
    "1 llen l",
  ],
  "streams: another key of other type does not matter any more": [
    "1~ xread block 0 streams a b $ $",
    "0 set a x",
    "0 xadd b 1-1 f v",
    "1!",
  ],
  "who wants no replies gets none of its waits": [
    "1- client reply off",
    "1~ blmove l m left left 0",
    "0 rpush l a",
    "1.",
    "1~ bzpopmin z 0",
    "0 zadd z 1 a",
    "1.",
    "1 client reply on",
    "1 lrange m 0 -1",
  ],
  "a script serves whoever waits when it has ended, and is heard or not as a whole": [
    "1~ blpop l 0",
    "0- client reply skip",
    "0- eval redis.call('rpush',KEYS[1],1,2);return{1,{2}} 1 l",
    "1!",
    "0 eval return{redis.call('llen',KEYS[1]),redis.call('lpop',KEYS[1])} 1 l",
    "0- client reply off",
    "0- eval return{1,{redis.call('rpush',KEYS[1],3)}} 1 l",
    "0 client reply on",
    "0 lrange l 0 -1",
  ],
  "a time that is up": [
    "1 blpop x y 0.001",
    "1 brpop x 1e-10",
    "1 blmove x y left left 0.002",
    "1 brpoplpush x y 0.002",
    "1 blmpop 0.002 2 x y left",
  ],
  "served in the order in which they began": [
    "1~ blpop l 0",
    "2~ brpop l 0",
    "3~ blpop l 0",
    "0 rpush l a b",
    "1!",
    "2!",
    "0 rpush l c",
    "3!",
    "0 exists l",
  ],
  "several elements at once": [
    "1~ blmpop 0 2 x l right count 2",
    "0 rpush l a b c",
    "1!",
    "0 lrange l 0 -1",
  ],
  "a chain of moves": [
    "1~ blmove b c left right 0",
    "2~ brpoplpush a b 0",
    "3~ blpop c 0",
    "0 lpush a v w",
    "2!",
    "1!",
    "3!",
    "0 lrange a 0 -1",
  ],
  "a move onto another type fails": [
    "0 set s 1",
    "1~ blmove l s left left 0",
    "0 rpush l a",
    "1!",
    "0 lrange l 0 -1",
  ],
  "a destination that comes is not waited for": [
    "1~ blmove l m left left 0",
    "2~ brpoplpush l m 0",
    "0 rpush m z",
    "0 rpush l a",
    "1!",
    "0 rpush l b",
    "2!",
    "0 lrange m 0 -1",
  ],
  "what is sorted and stored wakes": [
    "0 rpush l 3 1 2",
    "1~ blpop d 0",
    "2~ brpop d 0",
    "0 sort l store d",
    "1!",
    "2!",
    "0 lrange d 0 -1",
    "1 blpop d x 0",
    "1~ blpop d x 0",
    "0 multi",
    "0 sort l limit 0 1 desc store x",
    "0 sort nothing store x",
    "0 exec",
    "0 sort l limit 0 1 desc store d",
    "1!",
  ],
  "a move onto itself": ["1~ blmove l l left right 0", "0 rpush l a b c", "1!", "0 lrange l 0 -1"],
  "another type is no list": ["1~ blpop l 0", "0 set l 1", "0 del l", "0 rpush l a", "1!"],
  "a transaction serves at its end": [
    "1~ blpop a b 0",
    "0 multi",
    "0 rpush b 1",
    "0 rpush a 2",
    "0 lpush b 0",
    "0 exec",
    "1!",
    "0 lrange b 0 -1",
    "2~ blpop l 0",
    "0 multi",
    "0 rpush l x",
    "0 del l",
    "0 exec",
    "0 rpush l y",
    "2!",
  ],
  "other ways in which a list comes": [
    "0 rpush s 1",
    "1~ blpop l 0",
    "0 rename s l",
    "1!",
    "0 rpush s 1",
    "1~ blpop l 0",
    "0 copy s l",
    "1!",
    "0 select 1",
    "0 rpush l 2",
    "1~ blpop l 0",
    "0 move l 0",
    "1!",
    "0 rpush l 3",
    "1~ blpop l 0",
    "0 swapdb 0 1",
    "1!",
  ],
  "a list whose time is past when its turn comes": [
    "1~ blpop k 0",
    "0 multi",
    "0 rpush k hello",
    "0 pexpire k 20",
    "0 debug sleep 0.05",
    "0 exec",
    "0 exists k",
    "0 rpush k again",
    "1!",
  ],
  "a client that goes away, or is told to": [
    "1~ blpop l 0",
    "2~ blpop l 0",
    "1x",
    "0 rpush l a",
    "2!",
    "0 exists l",
  ],
  "sorted sets: what is there is taken at once": [
    "0 zadd z 1 a 2 b 3 c 4 d 5 e",
    "0 bzpopmin x z 0",
    "0 bzpopmax z 0",
    "0 bzmpop 0 2 x z max count 2",
    "0 bzpopmax z 0",
    "0 zadd z 1 a 2 b",
    "0 bzmpop 0 1 z min count 9",
  ],
  "sorted sets: wrong types and arguments": [
    "0 set s 1",
    "0 zadd z 1 a",
    "0 bzpopmin s 0",
    "0 bzpopmin x s z 0",
    "0 bzmpop 0 1 s min",
    "0 bzmpop no 0 z min",
    "0 bzmpop 0 2 z min",
    "0 bzmpop no 1 z min",
    "0 bzmpop 0 1 z left",
    "0 bzmpop 0 1 z min count 0",
    "0 bzpopmax z x",
    "0 bzpopmax z -1",
  ],
  "sorted sets: within a transaction nothing waits": [
    "0 multi",
    "0 bzpopmin x 0",
    "0 bzpopmax x 0",
    "0 bzmpop 0 1 x min",
    "0 zadd z 1 a",
    "0 bzpopmin z 0",
    "0 exec",
  ],
  "sorted sets: a time that is up": [
    "1 bzpopmin x y 0.001",
    "1 bzpopmax x 1e-10",
    "1 bzmpop 0.002 2 x y min",
  ],
  "sorted sets: served in the order in which they began": [
    "1~ bzpopmin z 0",
    "2~ bzpopmax z 0",
    "3~ bzmpop 0 2 x z min count 5",
    "0 zadd z 1 a 2 b 3 c",
    "1!",
    "2!",
    "3!",
    "0 exists z",
  ],
  "sorted sets: other ways in which one comes": [
    "0 zadd s 1 a 2 b",
    "1~ bzpopmin z 0",
    "0 zrangestore z s 0 0",
    "1!",
    "1~ bzpopmin z 0",
    "0 zunionstore z 1 s",
    "1!",
    "0 del z",
    "1~ bzpopmax z 0",
    "0 zincrby z 1 c",
    "1!",
    "2~ bzpopmin w 0",
    "0 rename s w",
    "2!",
  ],
  "sorted sets and lists under one key": [
    "1~ bzpopmin k 0",
    "2~ blpop k 0",
    "0 rpush k a",
    "2!",
    "0 zadd k 1 b",
    "1!",
  ],
  "a value that is written over another one does not come": [
    "0 zadd s 1 a 2 b",
    "1~ bzpopmin z 0",
    "0 set z x",
    "0 zunionstore z 1 s",
    "0 zadd z 0 first",
    "0 zpopmin z",
    "0 del z",
    "0 zadd z 3 c",
    "1!",
    "1~ bzpopmin z 0",
    "0 set z x",
    "0 flushdb",
    "0 zadd z 4 d",
    "1!",
  ],
  "a key that is moved over another one comes": [
    "1~ blpop l 0",
    "0 set l x",
    "0 rpush s 1",
    "0 rename s l",
    "1!",
    "1~ blpop l 0",
    "0 set l x",
    "0 rpush s 2",
    "0 copy s l replace",
    "1!",
  ],
  "a key that was there is not ready before one that comes": [
    "1~ bzpopmin k 0",
    "0 rpush k x y",
    "2~ blpop m 0",
    "0 multi",
    "0 lpop k",
    "0 rpush m 1",
    "0 del k",
    "0 zadd k 1 a",
    "0 exec",
    "1!",
    "2!",
  ],
  "a key that is taken and comes again within the chain": [
    "1~ blmove a b left right 0",
    "2~ blmove a c left right 0",
    "3~ blmove b a left right 0",
    "0 multi",
    "0 rpush a 1 2",
    "0 lpop a",
    "0 rpush c 0",
    "0 rpush a 3",
    "0 exec",
    "1!",
    "2!",
    "3!",
    "0 lrange a 0 -1",
    "0 lrange c 0 -1",
  ],
  "streams: what is there is read at once": [
    "0 xadd x 1-1 f v",
    "0 xread block 0 streams n x $ 0",
    "0 xgroup create x g 0",
    "0 xreadgroup group g c block 0 streams x >",
    "0 xreadgroup group g c block 0 streams x 0",
    "0 xreadgroup group g d block 0 streams x 0",
    "0 hello 3",
    "0 xread block 0 streams x 0",
    "0 xreadgroup group g c block 0 streams x 0",
  ],
  "streams: wrong types and arguments": [
    "0 set s 1",
    "0 xread block 0 streams s 0",
    "0 xread block x streams n 0",
    "0 xread block -1 streams n 0",
    "0 xread block 1.5 streams n 0",
    "0 xread block 0 streams n",
    "0 xread block 0 streams n >",
    "0 xreadgroup group g c block 0 streams n >",
    "0 xgroup create x g 0 mkstream",
    "0 xreadgroup group h c block 0 streams x >",
    "0 xreadgroup group g c block 0 streams x $",
    "0 xreadgroup group g c block no streams x >",
  ],
  "streams: within a transaction nothing waits": [
    "0 xgroup create x g 0 mkstream",
    "0 multi",
    "0 xread block 0 streams x n $ 5",
    "0 xreadgroup group g c block 0 streams x >",
    "0 xadd x 1-1 f v",
    "0 xread block 0 streams x 0",
    "0 exec",
  ],
  "streams: a time that is up": [
    "0 xgroup create x g 0 mkstream",
    "1 xread block 2 streams x n $ $",
    "1 xreadgroup group g c block 2 streams x >",
    "1 hello 3",
    "1 xread block 2 streams x n $ $",
    "0 xinfo groups x",
  ],
  "streams: every reader is served": [
    "1~ xread block 0 streams x $",
    "2~ xread count 1 block 0 streams y x $ 0",
    "3~ xread block 0 streams x 5-0",
    "0 xadd x 1-1 f v",
    "1!",
    "2!",
    "0 xadd x 5-0 f v",
    "0 xadd x 5-1 f v g w",
    "3!",
  ],
  "streams: several entries at once": [
    "1~ xread block 0 streams x $",
    "2~ xread block 0 count 1 streams x x 0-0 9-9",
    "0 multi",
    "0 xadd x 1-1 f v",
    "0 xadd x 1-2 f v",
    "0 exec",
    "1!",
    "2!",
  ],
  "streams: what $ means is decided in the beginning": [
    "0 xadd x 1-1 f v",
    "0 xadd y 1-1 f v",
    "1~ xread block 0 streams x y $ $",
    "0 del x",
    "0 xadd x 1-0 f v",
    "0 xadd x 1-1 f v",
    "0 xadd y 1-2 f v",
    "1!",
  ],
  "streams: an entry that is gone again": [
    "1~ xread block 0 streams x 0",
    "0 multi",
    "0 xadd x 1-1 f v",
    "0 xdel x 1-1",
    "0 exec",
    "1!",
    "1~ xread block 0 streams x $",
    "0 xadd x maxlen 0 2-1 f v",
    "1!",
    "0 xgroup create x g 0",
    "1~ xreadgroup group g c block 0 streams x >",
    "0 xadd x maxlen 0 3-1 f v",
    "1!",
    "0 xinfo groups x",
  ],
  "streams: what wakes nobody": [
    "0 xadd x 1-1 f v",
    "0 xadd x 2-1 f v",
    "0 xdel x 2-1",
    "1~ xread block 0 streams x 1-1",
    "0 xsetid x 3-1",
    "0 xtrim x maxlen 0",
    "0 xgroup create x g 0",
    "0 xgroup createconsumer x g c",
    "0 xgroup setid x g 0",
    "0 xgroup delconsumer x g c",
    "0 xadd x 4-1 f v",
    "1!",
    "1~ xread block 0 streams x 4-1",
    "0 xsetid x 9-1",
    "0 xgroup destroy x g",
    "1!",
  ],
  "streams: one group shares what comes": [
    "0 xgroup create x g $ mkstream",
    "1~ xreadgroup group g c count 1 block 0 streams x >",
    "2~ xreadgroup group g d block 0 streams x >",
    "3~ xreadgroup group g e block 0 noack streams x >",
    "0 xadd x 1-1 f v",
    "1!",
    "0 multi",
    "0 xadd x 1-2 f v",
    "0 xadd x 1-3 f v",
    "0 exec",
    "2!",
    "0 xadd x 1-4 f v",
    "3!",
    "0 xpending x g",
  ],
  "streams: a reader without acknowledgements": [
    "0 xgroup create x g $ mkstream",
    "1~ xreadgroup group g c block 0 noack streams x >",
    "0 xadd x 1-1 f v",
    "1!",
    "0 xpending x g",
    "0 xreadgroup group g c noack streams x >",
    "0 xadd x 1-2 f v",
    "0 xadd x 1-3 f v",
    "0 xreadgroup group g c count 1 noack streams x >",
    "0 xreadgroup group g d noack streams x >",
    "0 xreadgroup group g e noack streams x 0",
    "0 xreadgroup group g f streams x 0",
  ],
  "streams: several at once, in several groups": [
    "0 xadd x 1-1 f v",
    "0 xadd y 1-1 f v",
    "0 xgroup create x g 0",
    "0 xgroup create y g 0",
    "0 xreadgroup group g c count 9 streams x y > >",
    "0 xreadgroup group g d streams x y 0 >",
    "0 xadd x 1-2 f v",
    "0 xadd y 1-2 f v",
    "0 xreadgroup group g d noack streams y x > >",
    "0 xreadgroup group g d streams x x > >",
  ],
  "streams: the key is gone": [
    "0 xgroup create x g $ mkstream",
    "1~ xreadgroup group g c block 0 streams x >",
    "2~ xread block 0 streams x $",
    "0 del x",
    "1!",
    "0 xadd x 1-1 f v",
    "2!",
  ],
  "streams: the key has another value": [
    "0 xgroup create x g $ mkstream",
    "1~ xreadgroup group g c block 0 streams x >",
    "0 set x 1",
    "1!",
    "0 del x",
    "0 xgroup create x g $ mkstream",
    "1~ xreadgroup group g c block 0 streams x >",
    "0 multi",
    "0 del x",
    "0 sadd x a",
    "0 exec",
    "1!",
    "0 del x",
    "0 rpush l a",
    "0 xgroup create x g $ mkstream",
    "1~ xreadgroup group g c block 0 streams x >",
    "0 rename l x",
    "1!",
  ],
  "streams: the key is another stream": [
    "0 xgroup create x g $ mkstream",
    "1~ xreadgroup group g c block 0 streams x >",
    "0 multi",
    "0 del x",
    "0 xadd x 1-1 f v",
    "0 exec",
    "1!",
    "0 xgroup create y g 0 mkstream",
    "0 xgroup create x g $",
    "1~ xreadgroup group g c block 0 streams x >",
    "0 rename y x",
    "0 xadd x 2-1 f v",
    "1!",
  ],
  "streams: the group is gone": [
    "0 xgroup create x g $ mkstream",
    "1~ xreadgroup group g c block 0 streams x >",
    "2~ xread block 0 streams x $",
    "0 xgroup destroy x g",
    "1!",
    "0 xadd x 1-1 f v",
    "2!",
  ],
  "streams: all keys are gone": [
    "0 xgroup create x g $ mkstream",
    "1~ xreadgroup group g c block 0 streams x >",
    "0 flushdb",
    "1!",
    "0 xgroup create x g $ mkstream",
    "1~ xreadgroup group g c block 0 streams x >",
    "0 flushall",
    "1!",
    "0 xgroup create x g $ mkstream",
    "1~ xreadgroup group g c block 0 streams x >",
    "0 swapdb 0 1",
    "1!",
  ],
  "streams: a key that expires": [
    "0 xgroup create x g $ mkstream",
    "1~ xreadgroup group g c block 0 streams x >",
    "0 pexpire x 1",
    "0 debug sleep 0.01",
    "0 get x",
    "1!",
  ],
  "streams: other ways in which entries come": [
    "0 xadd s 1-1 f v",
    "1~ xread block 0 streams x 0",
    "0 rename s x",
    "1!",
    "1~ xread block 0 streams y 0",
    "0 copy x y",
    "1!",
    "1~ xread block 0 streams z 0",
    "0 select 1",
    "0 xadd z 1-1 f v",
    "0 move z 0",
    "1!",
    "1~ xread block 0 streams w 0",
    "0 xadd w 1-1 f v",
    "0 swapdb 0 1",
    "1!",
  ],
  "whose key is gone again": [
    "1~ blpop l 0",
    "2~ blpop l 0",
    "0 rpush l a",
    "1!",
    "0 rpush l b",
    "2!",
  ],
};

class Side {
  readonly #port: number;
  readonly #control: WireClient;
  readonly #follower: FollowerClient;
  #clients: WireClient[] = [];
  #waiting = 0;

  constructor(port: number, control: WireClient, follower: FollowerClient) {
    this.#port = port;
    this.#control = control;
    this.#follower = follower;
  }

  static async open(port: number): Promise<Side> {
    const control = await connectClient(port);
    await ask(control, "CONFIG", "SET", "repl-ping-replica-period", "3600");
    return new Side(port, control, await connectFollower(port));
  }

  /** Holds a conversation; returns the answers and what the follower got. */
  async converse(lines: readonly string[]): Promise<unknown> {
    for (const client of this.#clients) client.close();
    this.#clients = [];
    this.#waiting = 0;
    for (let i = 0; i < CLIENTS; i++) this.#clients.push(await connectClient(this.#port));
    const answers: string[] = [];
    for (const line of lines) answers.push(`${line} => ${await this.#say(line)}`);
    await ask(this.#control, "FLUSHALL", "SYNC");
    const sent = await this.#follower.until(([name]) => name === "FLUSHALL");
    const commands = sent.filter(([name]) => name !== "PING").map((words) => words.join(" "));
    return [answers, commands.map((command) => command.replace(TIME, "(time)"))];
  }

  async #say(line: string): Promise<string> {
    const client = this.#clients[Number(line[0])]!;
    const words = line.slice(line.indexOf(" ") + 1).split(" ");
    switch (line[1]) {
      case "~":
        client.send(words);
        this.#waiting++;
        await this.#settled();
        return "";
      case "x":
        client.close();
        this.#waiting--;
        await this.#settled();
        return "";
      case "!":
        this.#waiting--;
        break;
      case "-":
        client.send(words);
        return "";
      case ".":
        this.#waiting--;
        await this.#settled();
        return "";
      default:
        client.send(words);
    }
    const { replies, shortage } = await client.receive(1, MOST_MS);
    return shortage ?? replies[0]!.toString("latin1").replace(CLIENT_ID, "$1(id)");
  }

  /** Until as many wait as should, or for some time. */
  async #settled(): Promise<void> {
    const wanted = `blocked_clients:${this.#waiting}\r`;
    const endMs = performance.now() + MOST_MS;
    while (!(await ask(this.#control, "INFO", "clients")).includes(wanted)) {
      if (performance.now() > endMs) return;
    }
  }

  close(): void {
    for (const client of [...this.#clients, this.#control]) client.close();
    this.#follower.close();
  }
}

let redis: RedisServer;
let veridis: Server;
let sides: readonly [Side, Side];

beforeAll(async () => {
  redis = await startRedis();
  veridis = await createServer({ config: { "enable-debug-command": "yes" } });
  sides = [await Side.open(redis.port), await Side.open(veridis.port)];
});

afterAll(async () => {
  for (const side of sides ?? []) side.close();
  await veridis?.close();
  await redis?.stop();
});

test.each(Object.entries(CONVERSATIONS))("%s", async (_, lines) => {
  const [theirs, ours] = sides;
  const wanted = await theirs.converse(lines);
  expect(await ours.converse(lines)).toEqual(wanted);
});
