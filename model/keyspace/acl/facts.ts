/**
 * What COMMAND of redis-server 7.0.15 says of each command: its categories, and where its keys are.
 *
 * A line is a name, categories, and for each specification of keys how they are used (`r`, `w`, or
 * `-` for neither) and where they begin and end: `1..0` is argument 1, `1..-1/2` every other one up to
 * the end, `STREAMS@1..-1%2` the first half of what stands behind a word, `#2` behind their number;
 * `?` where only the command knows.
 */
export const FACTS: string = `
acl; slow
acl|cat; slow
acl|deluser; admin slow dangerous
acl|dryrun; admin slow dangerous
acl|genpass; slow
acl|getuser; admin slow dangerous
acl|help; slow
acl|list; admin slow dangerous
acl|load; admin slow dangerous
acl|log; admin slow dangerous
acl|save; admin slow dangerous
acl|setuser; admin slow dangerous
acl|users; admin slow dangerous
acl|whoami; slow
append; write string fast; w 1..0
asking; fast connection
auth; fast connection
bgrewriteaof; admin slow dangerous
bgsave; admin slow dangerous
bitcount; read bitmap slow; r 1..0
bitfield; write bitmap slow; rw 1..0
bitfield_ro; read bitmap fast; r 1..0
bitop; write bitmap slow; w 2..0; r 3..-1
bitpos; read bitmap slow; r 1..0
blmove; write list slow blocking; rw 1..0; w 2..0
blmpop; write list slow blocking; rw #2
blpop; write list slow blocking; rw 1..-2
brpop; write list slow blocking; rw 1..-2
brpoplpush; write list slow blocking; rw 1..0; w 2..0
bzmpop; write sortedset slow blocking; rw #2
bzpopmax; write sortedset fast blocking; rw 1..-2
bzpopmin; write sortedset fast blocking; rw 1..-2
client; slow
client|caching; slow connection
client|getname; slow connection
client|getredir; slow connection
client|help; slow connection
client|id; slow connection
client|info; slow connection
client|kill; admin slow dangerous connection
client|list; admin slow dangerous connection
client|no-evict; admin slow dangerous connection
client|pause; admin slow dangerous connection
client|reply; slow connection
client|setname; slow connection
client|tracking; slow connection
client|trackinginfo; slow connection
client|unblock; admin slow dangerous connection
client|unpause; admin slow dangerous connection
cluster; slow
cluster|addslots; admin slow dangerous
cluster|addslotsrange; admin slow dangerous
cluster|bumpepoch; admin slow dangerous
cluster|count-failure-reports; admin slow dangerous
cluster|countkeysinslot; slow
cluster|delslots; admin slow dangerous
cluster|delslotsrange; admin slow dangerous
cluster|failover; admin slow dangerous
cluster|flushslots; admin slow dangerous
cluster|forget; admin slow dangerous
cluster|getkeysinslot; slow
cluster|help; slow
cluster|info; slow
cluster|keyslot; slow
cluster|links; slow
cluster|meet; admin slow dangerous
cluster|myid; slow
cluster|nodes; slow
cluster|replicas; admin slow dangerous
cluster|replicate; admin slow dangerous
cluster|reset; admin slow dangerous
cluster|saveconfig; admin slow dangerous
cluster|set-config-epoch; admin slow dangerous
cluster|setslot; admin slow dangerous
cluster|shards; slow
cluster|slaves; admin slow dangerous
cluster|slots; slow
command; slow connection
command|count; slow connection
command|docs; slow connection
command|getkeys; slow connection
command|getkeysandflags; slow connection
command|help; slow connection
command|info; slow connection
command|list; slow connection
config; slow
config|get; admin slow dangerous
config|help; slow
config|resetstat; admin slow dangerous
config|rewrite; admin slow dangerous
config|set; admin slow dangerous
copy; keyspace write slow; r 1..0; w 2..0
dbsize; keyspace read fast
debug; admin slow dangerous
decr; write string fast; rw 1..0
decrby; write string fast; rw 1..0
del; keyspace write slow; w 1..-1
discard; fast transaction
dump; keyspace read slow; r 1..0
echo; fast connection
eval; slow scripting; rw #2
eval_ro; slow scripting; r #2
evalsha; slow scripting; rw #2
evalsha_ro; slow scripting; r #2
exec; slow transaction
exists; keyspace read fast; - 1..-1
expire; keyspace write fast; w 1..0
expireat; keyspace write fast; w 1..0
expiretime; keyspace read fast; r 1..0
failover; admin slow dangerous
fcall; slow scripting; rw #2
fcall_ro; slow scripting; r #2
flushall; keyspace write slow dangerous
flushdb; keyspace write slow dangerous
function; slow
function|delete; write slow scripting
function|dump; slow scripting
function|flush; write slow scripting
function|help; slow scripting
function|kill; slow scripting
function|list; slow scripting
function|load; write slow scripting
function|restore; write slow scripting
function|stats; slow scripting
geoadd; write geo slow; w 1..0
geodist; read geo slow; r 1..0
geohash; read geo slow; r 1..0
geopos; read geo slow; r 1..0
georadius; write geo slow; r 1..0; w STORE@6..0; w STOREDIST@6..0
georadius_ro; read geo slow; r 1..0
georadiusbymember; write geo slow; r 1..0; w STORE@5..0; w STOREDIST@5..0
georadiusbymember_ro; read geo slow; r 1..0
geosearch; read geo slow; r 1..0
geosearchstore; write geo slow; w 1..0; r 2..0
get; read string fast; r 1..0
getbit; read bitmap fast; r 1..0
getdel; write string fast; rw 1..0
getex; write string fast; rw 1..0
getrange; read string slow; r 1..0
getset; write string fast; rw 1..0
hdel; write hash fast; w 1..0
hello; fast connection
hexists; read hash fast; - 1..0
hget; read hash fast; r 1..0
hgetall; read hash slow; r 1..0
hincrby; write hash fast; rw 1..0
hincrbyfloat; write hash fast; rw 1..0
hkeys; read hash slow; r 1..0
hlen; read hash fast; - 1..0
hmget; read hash fast; r 1..0
hmset; write hash fast; w 1..0
hrandfield; read hash slow; r 1..0
hscan; read hash slow; r 1..0
hset; write hash fast; w 1..0
hsetnx; write hash fast; w 1..0
hstrlen; read hash fast; - 1..0
hvals; read hash slow; r 1..0
incr; write string fast; rw 1..0
incrby; write string fast; rw 1..0
incrbyfloat; write string fast; rw 1..0
info; slow dangerous
keys; keyspace read slow dangerous
lastsave; admin fast dangerous
latency; slow
latency|doctor; admin slow dangerous
latency|graph; admin slow dangerous
latency|help; slow
latency|histogram; admin slow dangerous
latency|history; admin slow dangerous
latency|latest; admin slow dangerous
latency|reset; admin slow dangerous
lcs; read string slow; r 1..1
lindex; read list slow; r 1..0
linsert; write list slow; w 1..0
llen; read list fast; - 1..0
lmove; write list slow; rw 1..0; w 2..0
lmpop; write list slow; rw #1
lolwut; read fast
lpop; write list fast; rw 1..0
lpos; read list slow; r 1..0
lpush; write list fast; w 1..0
lpushx; write list fast; w 1..0
lrange; read list slow; r 1..0
lrem; write list slow; w 1..0
lset; write list slow; w 1..0
ltrim; write list slow; w 1..0
memory; slow
memory|doctor; slow
memory|help; slow
memory|malloc-stats; slow
memory|purge; slow
memory|stats; slow
memory|usage; read slow; - 2..0
mget; read string fast; r 1..-1
migrate; keyspace write slow dangerous; rw 3..0; rw KEYS@-2..-1
module; slow
module|help; slow
module|list; admin slow dangerous
module|load; admin slow dangerous
module|loadex; admin slow dangerous
module|unload; admin slow dangerous
monitor; admin slow dangerous
move; keyspace write fast; rw 1..0
mset; write string slow; w 1..-1/2
msetnx; write string slow; w 1..-1/2
multi; fast transaction
object; slow
object|encoding; keyspace read slow; - 2..0
object|freq; keyspace read slow; - 2..0
object|help; keyspace slow
object|idletime; keyspace read slow; - 2..0
object|refcount; keyspace read slow; - 2..0
persist; keyspace write fast; w 1..0
pexpire; keyspace write fast; w 1..0
pexpireat; keyspace write fast; w 1..0
pexpiretime; keyspace read fast; r 1..0
pfadd; write hyperloglog fast; w 1..0
pfcount; read hyperloglog slow; r 1..-1
pfdebug; write hyperloglog admin slow dangerous; r 2..0
pfmerge; write hyperloglog slow; rw 1..0; r 2..-1
pfselftest; hyperloglog admin slow dangerous
ping; fast connection
psetex; write string slow; w 1..0
psubscribe; pubsub slow
psync; admin slow dangerous
pttl; keyspace read fast; r 1..0
publish; pubsub fast
pubsub; slow
pubsub|channels; pubsub slow
pubsub|help; slow
pubsub|numpat; pubsub slow
pubsub|numsub; pubsub slow
pubsub|shardchannels; pubsub slow
pubsub|shardnumsub; pubsub slow
punsubscribe; pubsub slow
quit; fast connection
randomkey; keyspace read slow
readonly; fast connection
readwrite; fast connection
rename; keyspace write slow; rw 1..0; w 2..0
renamenx; keyspace write fast; rw 1..0; w 2..0
replconf; admin slow dangerous
replicaof; admin slow dangerous
reset; fast connection
restore-asking; keyspace write slow dangerous; w 1..0
restore; keyspace write slow dangerous; w 1..0
role; admin fast dangerous
rpop; write list fast; rw 1..0
rpoplpush; write list slow; rw 1..0; w 2..0
rpush; write list fast; w 1..0
rpushx; write list fast; w 1..0
sadd; write set fast; w 1..0
save; admin slow dangerous
scan; keyspace read slow
scard; read set fast; - 1..0
script; slow
script|debug; slow scripting
script|exists; slow scripting
script|flush; slow scripting
script|help; slow scripting
script|kill; slow scripting
script|load; slow scripting
sdiff; read set slow; r 1..-1
sdiffstore; write set slow; w 1..0; r 2..-1
select; fast connection
set; write string slow; rw 1..0
setbit; write bitmap slow; rw 1..0
setex; write string slow; w 1..0
setnx; write string fast; w 1..0
setrange; write string slow; w 1..0
shutdown; admin slow dangerous
sinter; read set slow; r 1..-1
sintercard; read set slow; r #1
sinterstore; write set slow; w 1..0; r 2..-1
sismember; read set fast; - 1..0
slaveof; admin slow dangerous
slowlog; slow
slowlog|get; admin slow dangerous
slowlog|help; slow
slowlog|len; admin slow dangerous
slowlog|reset; admin slow dangerous
smembers; read set slow; r 1..0
smismember; read set fast; r 1..0
smove; write set fast; rw 1..0; w 2..0
sort; write set sortedset list slow dangerous; r 1..0; r ?; w ?
sort_ro; read set sortedset list slow dangerous; r 1..0; r ?
spop; write set fast; rw 1..0
spublish; pubsub fast
srandmember; read set slow; r 1..0
srem; write set fast; w 1..0
sscan; read set slow; r 1..0
ssubscribe; pubsub slow
strlen; read string fast; - 1..0
subscribe; pubsub slow
substr; read string slow; r 1..0
sunion; read set slow; r 1..-1
sunionstore; write set slow; w 1..0; r 2..-1
sunsubscribe; pubsub slow
swapdb; keyspace write fast dangerous
sync; admin slow dangerous
time; fast
touch; keyspace read fast; - 1..-1
ttl; keyspace read fast; r 1..0
type; keyspace read fast; - 1..0
unlink; keyspace write fast; w 1..-1
unsubscribe; pubsub slow
unwatch; fast transaction
wait; slow connection
watch; fast transaction; - 1..-1
xack; write stream fast; w 1..0
xadd; write stream fast; w 1..0
xautoclaim; write stream fast; w 1..0
xclaim; write stream fast; w 1..0
xdel; write stream fast; w 1..0
xgroup; slow
xgroup|create; write stream slow; w 2..0
xgroup|createconsumer; write stream slow; w 2..0
xgroup|delconsumer; write stream slow; w 2..0
xgroup|destroy; write stream slow; w 2..0
xgroup|help; stream slow
xgroup|setid; write stream slow; w 2..0
xinfo; slow
xinfo|consumers; read stream slow; r 2..0
xinfo|groups; read stream slow; r 2..0
xinfo|help; stream slow
xinfo|stream; read stream slow; r 2..0
xlen; read stream fast; - 1..0
xpending; read stream slow; r 1..0
xrange; read stream slow; r 1..0
xread; read stream slow blocking; r STREAMS@1..-1%2
xreadgroup; write stream slow blocking; r STREAMS@4..-1%2
xrevrange; read stream slow; r 1..0
xsetid; write stream fast; w 1..0
xtrim; write stream slow; w 1..0
zadd; write sortedset fast; w 1..0
zcard; read sortedset fast; - 1..0
zcount; read sortedset fast; r 1..0
zdiff; read sortedset slow; r #1
zdiffstore; write sortedset slow; w 1..0; r #2
zincrby; write sortedset fast; rw 1..0
zinter; read sortedset slow; r #1
zintercard; read sortedset slow; r #1
zinterstore; write sortedset slow; w 1..0; r #2
zlexcount; read sortedset fast; r 1..0
zmpop; write sortedset slow; rw #1
zmscore; read sortedset fast; r 1..0
zpopmax; write sortedset fast; rw 1..0
zpopmin; write sortedset fast; rw 1..0
zrandmember; read sortedset slow; r 1..0
zrange; read sortedset slow; r 1..0
zrangebylex; read sortedset slow; r 1..0
zrangebyscore; read sortedset slow; r 1..0
zrangestore; write sortedset slow; w 1..0; r 2..0
zrank; read sortedset fast; r 1..0
zrem; write sortedset fast; w 1..0
zremrangebylex; write sortedset slow; w 1..0
zremrangebyrank; write sortedset slow; w 1..0
zremrangebyscore; write sortedset slow; w 1..0
zrevrange; read sortedset slow; r 1..0
zrevrangebylex; read sortedset slow; r 1..0
zrevrangebyscore; read sortedset slow; r 1..0
zrevrank; read sortedset fast; r 1..0
zscan; read sortedset slow; r 1..0
zscore; read sortedset fast; r 1..0
zunion; read sortedset slow; r #1
zunionstore; write sortedset slow; w 1..0; r #2
`;
