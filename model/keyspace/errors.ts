/**
 * Everything that can go wrong, each text once and as Redis 7.0.15 prints it.
 */
import { Data, Result } from "effect";
import type { Bytes } from "./reply.ts";
import { cString, oneLine, trimmedLine, upper } from "./text.ts";

/** Every error by name; some texts name the culprit. */
export const errorTexts = {
  Syntax: () => "ERR syntax error",
  NotAnInteger: () => "ERR value is not an integer or out of range",
  NotAnInt: () => "ERR value is out of range, value must between -2147483648 and 2147483647",
  NotAFloat: () => "ERR value is not a valid float",
  WrongType: () => "WRONGTYPE Operation against a key holding the wrong kind of value",
  NotInRange: () =>
    "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807",
  NotPositive: () => "ERR value is out of range, must be positive",
  NoSuchKey: () => "ERR no such key",
  BusyKey: () => "BUSYKEY Target key name already exists.",
  NegativeTtl: () => "ERR Invalid TTL value, must be >= 0",
  NegativeIdleTime: () => "ERR Invalid IDLETIME value, must be >= 0",
  FrequencyOutOfRange: () => "ERR Invalid FREQ value, must be >= 0 and <= 255",
  WrongPayload: () => "ERR DUMP payload version or checksum are wrong",
  BadDataFormat: () => "ERR Bad data format",
  SameObject: () => "ERR source and destination objects are the same",

  OutOfMemory: () => "OOM command not allowed when used memory > 'maxmemory'.",
  Unwritable: (reason: Bytes) => `MISCONF Errors writing to the AOF file: ${reason}`,
  OnlyForSubscribers: (command: Bytes) =>
    `ERR Can't execute '${command}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`,
  MustNotWait: (command: Bytes) => `ERR ${upper(command)} isn't allowed for a DENY BLOCKING client`,

  WrongArity: (command: Bytes) => `ERR wrong number of arguments for '${command}' command`,
  UnknownCommand: (name: Bytes, args: ReadonlyArray<Bytes>) =>
    oneLine(
      `ERR unknown command '${cString(name).slice(0, 128)}', with args beginning with: ${beginning(args)}`,
    ),
  UnknownSubcommand: (container: Bytes, name: Bytes) =>
    oneLine(
      `ERR unknown subcommand '${cString(name).slice(0, 128)}'. Try ${upper(cString(container))} HELP.`,
    ),
  SubcommandSyntax: (container: Bytes, name: Bytes) =>
    trimmedLine(
      `ERR unknown subcommand or wrong number of arguments for '${cString(name).slice(0, 128)}'. Try ${upper(cString(container))} HELP.`,
    ),

  RedirectedTwice: () => "ERR A client can only redirect to a single other client",
  RedirectedToNobody: () => "ERR The client ID you want redirect to does not exist",
  PrefixAlone: () => "ERR PREFIX option requires BCAST mode to be enabled",
  BroadcastSwitched: () =>
    "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode.",
  BroadcastChoosing: () => "ERR OPTIN and OPTOUT are not compatible with BCAST",
  BothChoosing: () => "ERR You can't specify both OPTIN mode and OPTOUT mode",
  ChoosingSwitched: () =>
    "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode.",
  PrefixExists: (prefix: Bytes, other: Bytes) =>
    `ERR Prefix '${cString(prefix)}' overlaps with an existing prefix '${cString(other)}'. Prefixes for a single client must not overlap.`,
  PrefixTwice: (prefix: Bytes, other: Bytes) =>
    `ERR Prefix '${cString(prefix)}' overlaps with another provided prefix '${cString(other)}'. Prefixes for a single client must not overlap.`,
  CachingAlone: () =>
    "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled",
  CachingYes: () => "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.",
  CachingNo: () => "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.",

  StringTooLong: () => "ERR string exceeds maximum allowed size (proto-max-bulk-len)",
  OffsetOutOfRange: () => "ERR offset is out of range",
  IncrementOverflow: () => "ERR increment or decrement would overflow",
  DecrementOverflow: () => "ERR decrement would overflow",
  NotFinite: () => "ERR increment would produce NaN or Infinity",
  LcsNotStrings: () => "ERR The specified keys must contain string values",
  LcsLengthAndIndexes: () => "ERR If you want both the length and indexes, please just use IDX.",
  LcsTooLarge: () => "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len",

  BitOffset: () => "ERR bit offset is not an integer or out of range",
  BitValue: () => "ERR bit is not an integer or out of range",
  BitArgument: () => "ERR The bit argument must be 1 or 0.",
  BitopNot: () => "ERR BITOP NOT must be called with a single source key.",
  BitfieldType: () =>
    "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.",
  BitfieldOverflow: () => "ERR Invalid OVERFLOW type specified",
  BitfieldReadOnly: () => "ERR BITFIELD_RO only supports the GET subcommand",

  IndexOutOfRange: () => "ERR index out of range",
  RankZero: () =>
    "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list",
  CountNegative: () => "ERR COUNT can't be negative",
  MaxlenNegative: () => "ERR MAXLEN can't be negative",
  NumkeysTooLow: () => "ERR numkeys should be greater than 0",
  CountTooLow: () => "ERR count should be greater than 0",
  NotHyperLogLog: () => "WRONGTYPE Key is not a valid HyperLogLog string value.",
  CorruptHyperLogLog: () => "INVALIDOBJ Corrupted HLL object detected",
  PfdebugNoKey: () => "ERR The specified key does not exist",
  PfdebugNotSparse: () => "ERR HLL encoding is not sparse",
  PfdebugSubcommand: (name: Bytes) =>
    trimmedLine(`ERR Unknown PFDEBUG subcommand '${cString(name)}'`),

  HashNotAnInteger: () => "ERR hash value is not an integer",
  HashNotAFloat: () => "ERR hash value is not a float",
  NotANumber: () => "ERR value is NaN or Infinity",
  OutOfRange: () => "ERR value is out of range",
  TooManyKeys: () => "ERR Number of keys can't be greater than number of args",
  LimitNegative: () => "ERR LIMIT can't be negative",

  XxWithNx: () => "ERR XX and NX options at the same time are not compatible",
  GtLtNx: () => "ERR GT, LT, and/or NX options at the same time are not compatible",
  SingleIncrement: () => "ERR INCR option supports a single increment-element pair",
  NotSortable: () => "ERR One or more scores can't be converted into double",

  ScoreNotANumber: () => "ERR resulting score is not a number (NaN)",
  RangeNotAFloat: () => "ERR min or max is not a float",
  RangeNotAString: () => "ERR min or max not valid string range item",
  LimitWithRanks: () =>
    "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX",
  ScoresWithLex: () => "ERR syntax error, WITHSCORES not supported in combination with BYLEX",
  NoInputKeys: (command: Bytes) => `ERR at least 1 input key is needed for '${command}' command`,
  WeightNotAFloat: () => "ERR weight value is not a float",

  NoSuchPlace: (longitude: Bytes, latitude: Bytes) =>
    `ERR invalid longitude,latitude pair ${longitude},${latitude}`,
  UnknownUnit: () => "ERR unsupported unit provided. please use M, KM, FT, MI",
  RadiusNotAFloat: () => "ERR need numeric radius",
  WidthNotAFloat: () => "ERR need numeric width",
  HeightNotAFloat: () => "ERR need numeric height",
  RadiusNegative: () => "ERR radius cannot be negative",
  BoxNegative: () => "ERR height or width cannot be negative",
  NoSuchMember: () => "ERR could not decode requested zset member",
  GeoCountTooLow: () => "ERR COUNT must be > 0",
  AnyWithoutCount: () => "ERR the ANY argument requires COUNT argument",
  StoreWithMore: (what: Bytes) =>
    `ERR ${what} is not compatible with WITHDIST, WITHHASH and WITHCOORD options`,
  NoCenter: (command: Bytes) =>
    `ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for ${command}`,
  NoShape: (command: Bytes) =>
    `ERR exactly one of BYRADIUS and BYBOX can be specified for ${command}`,

  InvalidExpireTime: (command: Bytes) => `ERR invalid expire time in '${command}' command`,
  UnsupportedOption: (option: Bytes) => trimmedLine(`ERR Unsupported option ${cString(option)}`),
  NxWithOthers: () => "ERR NX and XX, GT or LT options at the same time are not compatible",
  GtWithLt: () => "ERR GT and LT options at the same time are not compatible",

  DatabaseOutOfRange: () => "ERR DB index is out of range",
  InvalidFirstDatabase: () => "ERR invalid first DB index",
  InvalidSecondDatabase: () => "ERR invalid second DB index",
  InvalidCursor: () => "ERR invalid cursor",
  LfuSelected: () =>
    "ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.",
  LfuNotSelected: () =>
    "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.",

  NestedMulti: () => "ERR MULTI calls can not be nested",
  ExecWithoutMulti: () => "ERR EXEC without MULTI",
  DiscardWithoutMulti: () => "ERR DISCARD without MULTI",
  ReplyInsideMulti: () => "ERR CLIENT REPLY inside MULTI must not change which replies are sent",
  WatchInsideMulti: () => "ERR WATCH inside MULTI is not allowed",
  ExecAborted: () => "EXECABORT Transaction discarded because of previous errors.",
  ExecRejected: (reason: Bytes) => `EXECABORT Transaction discarded because of: ${reason}`,

  NoPermission: (command: Bytes) =>
    `NOPERM this user has no permissions to run the '${command}' command`,
  NoKeyPermission: () =>
    "NOPERM this user has no permissions to access one of the keys used as arguments",
  NoChannelPermission: () =>
    "NOPERM this user has no permissions to access one of the channels used as arguments",
  RulesChanged: (reason: Bytes) =>
    `NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This command is no longer allowed for the following reason: ${reason}`,
  NoScriptPermission: (reason: Bytes) => `ERR The user executing the script ${reason}`,
  SortDenied: (option: Bytes) =>
    `ERR ${option} option of SORT denied due to insufficient ACL permissions.`,
  UnmatchedParenthesis: (begun: Bytes) =>
    oneLine(`ERR Unmatched parenthesis in acl selector starting at '${cString(begun)}'.`),
  RefusedRule: (rule: Bytes, reason: Bytes) =>
    oneLine(`ERR Error in ACL SETUSER modifier '${cString(rule)}': ${reason}`),
  UserNameSpaces: () => "ERR Usernames can't contain spaces or null characters",
  DefaultUserStays: () => "ERR The 'default' user cannot be removed",
  UnknownCategory: (name: Bytes) =>
    trimmedLine(`ERR Unknown category '${cString(name).slice(0, 128)}'`),
  UserNotFound: (name: Bytes) => trimmedLine(`ERR User '${cString(name)}' not found`),
  DryRunNotFound: (name: Bytes) => trimmedLine(`ERR Command '${cString(name)}' not found`),
  PasswordBits: () =>
    "ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096",
  NoUsersFile: () =>
    "ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store users in the Redis configuration.",

  AuthenticationRequired: () => "NOAUTH Authentication required.",
  WrongPassword: () => "WRONGPASS invalid username-password pair or user is disabled.",
  NoPasswordConfigured: () =>
    "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
  ProtocolNotAnInteger: () => "ERR Protocol version is not an integer or out of range",
  UnsupportedProtocol: () => "NOPROTO unsupported protocol version",
  HelloOption: (option: Bytes) =>
    trimmedLine(`ERR Syntax error in HELLO option '${cString(option)}'`),
  HelloWithoutAuthentication: () =>
    "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time",
  InvalidClientName: () =>
    "ERR Client names cannot contain spaces, newlines or special characters.",
  UnknownClientType: (type: Bytes) => trimmedLine(`ERR Unknown client type '${cString(type)}'`),
  InvalidClientId: () => "ERR Invalid client ID",
  InvalidStreamId: () => "ERR Invalid stream ID specified as stream command argument",
  InvalidIntervalStart: () => "ERR invalid start ID for the interval",
  InvalidIntervalEnd: () => "ERR invalid end ID for the interval",
  MaxlenNegativeForTrim: () => "ERR The MAXLEN argument must be >= 0.",
  TrimLimitNegative: () => "ERR The LIMIT argument must be >= 0.",
  TwoTrimmings: () =>
    "ERR syntax error, MAXLEN and MINID options at the same time are not compatible",
  LimitWithoutTrimming: () =>
    "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy",
  NoTrimming: () => "ERR syntax error, XTRIM must be called with a trimming strategy",
  LimitOfExact: () => "ERR syntax error, LIMIT cannot be used without the special ~ option",
  IdZero: () => "ERR The ID specified in XADD must be greater than 0-0",
  IdNotHigher: () =>
    "ERR The ID specified in XADD is equal or smaller than the target stream top item",
  IdsExhausted: () => "ERR The stream has exhausted the last possible ID, unable to add more items",
  EntriesAddedNegative: () => "ERR entries_added must be positive",
  EntriesAddedBelowLength: () =>
    "ERR The entries_added specified in XSETID is smaller than the target stream length",
  IdBelowDeleted: () =>
    "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id",
  IdBelowTop: () => "ERR The ID specified in XSETID is smaller than the target stream top item",
  UnbalancedStreams: () =>
    "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.",
  GroupOfXread: () =>
    "ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.",
  NoackOfXread: () =>
    "ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.",
  NoGroupOption: () => "ERR Missing GROUP option for XREADGROUP",
  DollarOfXreadgroup: () =>
    "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set.",
  NewOfXread: () =>
    "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.",
  NoGroupToRead: (key: Bytes, group: Bytes) =>
    trimmedLine(
      `NOGROUP No such key '${cString(key)}' or consumer group '${cString(group)}' in XREADGROUP with GROUP option`,
    ),
  NoKeyOrGroup: (key: Bytes, group: Bytes) =>
    trimmedLine(`NOGROUP No such key '${cString(key)}' or consumer group '${cString(group)}'`),
  NoGroupOfKey: (group: Bytes, key: Bytes) =>
    trimmedLine(
      `NOGROUP No such consumer group '${cString(group)}' for key name '${cString(key)}'`,
    ),
  NoStreamForGroup: () =>
    "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.",
  GroupExists: () => "BUSYGROUP Consumer Group name already exists",
  EntriesReadNegative: () => "ERR value for ENTRIESREAD must be positive or -1",
  ClaimMinIdle: () => "ERR Invalid min-idle-time argument for XCLAIM",
  AutoclaimMinIdle: () => "ERR Invalid min-idle-time argument for XAUTOCLAIM",
  AutoclaimCount: () => "ERR COUNT must be > 0",
  AutoclaimMemory: () =>
    "ERR Insufficient memory, failed allocating transient memory, COUNT too high.",
  ClaimIdle: () => "ERR Invalid IDLE option argument for XCLAIM",
  ClaimTime: () => "ERR Invalid TIME option argument for XCLAIM",
  ClaimRetryCount: () => "ERR Invalid RETRYCOUNT option argument for XCLAIM",
  ClaimOption: (option: Bytes) =>
    trimmedLine(`ERR Unrecognized XCLAIM option '${cString(option)}'`),

  ClientIdTooLow: () => "ERR client-id should be greater than 0",
  NoSuchUser: (user: Bytes) => trimmedLine(`ERR No such user '${cString(user)}'`),
  NoSuchClient: () => "ERR No such client",
  UnblockReason: () => "ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR",
  PauseMode: () => "ERR CLIENT PAUSE mode must be WRITE or ALL",
  TimeoutNotAnInteger: () => "ERR timeout is not an integer or out of range",
  TimeoutNotAFloat: () => "ERR timeout is not a float or out of range",
  StreamGone: () => "UNBLOCKED the stream key no longer exists",
  GroupGone: () => "NOGROUP the consumer group this client was blocked on no longer exists",
  Unblocked: () => "UNBLOCKED client unblocked via CLIENT UNBLOCK",
  TimeoutNegative: () => "ERR timeout is negative",
  TimeoutOutOfRange: () => "ERR timeout is out of range",

  UnknownDirective: (directive: Bytes) =>
    trimmedLine(
      `ERR Unknown option or number of arguments for CONFIG SET - '${cString(directive)}'`,
    ),
  ConfigSetFailed: (directive: Bytes, reason: Bytes) =>
    trimmedLine(
      `ERR CONFIG SET failed (possibly related to argument '${cString(directive)}') - ${reason}`,
    ),
  NoConfigFile: () => "ERR The server is running without a config file",
  UnknownCommandToInspect: () => "ERR Invalid command specified",
  CommandWithoutKeys: () => "ERR The command has no key arguments",
  ArityToInspect: () => "ERR Invalid number of arguments specified for command",
  SlowlogCount: () => "ERR count should be greater than or equal to -1",
  NoSamples: (event: Bytes) =>
    trimmedLine(`ERR No samples available for event '${cString(event)}'`),
  LibraryMetadata: (what: Bytes) => `ERR ${what} library metadata`,
  LibraryOption: (option: Bytes) => `ERR Invalid metadata value given: ${cString(option)}`,
  LibraryNamedTwice: () => "ERR Invalid metadata value, name argument was given multiple times",
  LibraryWithoutName: () => "ERR Library name was not given",
  LibraryName: () =>
    "ERR Library names can only contain letters, numbers, or underscores(_) and must be at least one character long",
  NoSuchEngine: (engine: Bytes) => `ERR Engine '${engine}' not found`,
  LibrarySyntax: (line: number) =>
    `ERR Error compiling function: user_function:${line}: unexpected symbol near 'return'`,
  LibraryFails: (text: Bytes) => `ERR Error registering functions: ${text}`,
  NoFunctions: () => "ERR No functions registered",
  LibraryExists: (name: Bytes) => `ERR Library '${name}' already exists`,
  RestoredLibraryExists: (name: Bytes) => `ERR Library ${name} already exists`,
  FunctionExists: (name: Bytes) => `ERR Function ${name} already exists`,
  NoSuchLibrary: () => "ERR Library not found",
  NoSuchFunction: () => "ERR Function not found",
  BadFunctionKeys: () => "ERR Bad number of keys provided",
  UnwritableFunction: (reason: Bytes) =>
    `MISCONF Redis is configured to persist data to AOF, but it's currently unable to persist to disk. Writable scripts are blocked. Use 'no-writes' flag for read only scripts. AOF error: ${reason}`,
  WritingScript: () => "ERR Can not execute a script with write flag using *_ro command.",
  UnknownLoadOption: (option: Bytes) => trimmedLine(`ERR Unknown option given: ${cString(option)}`),
  UnknownListOption: (option: Bytes) => `ERR Unknown argument ${cString(option)}`,
  NoLibraryPattern: () => "ERR library name argument was not given",
  RestorePolicy: () =>
    "ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.",
  NoFunctionPayload: () => "ERR given type is not a function",
  FunctionFlushMode: () => "ERR FUNCTION FLUSH only supports SYNC|ASYNC option",
  TooManyScriptKeys: () => "ERR Number of keys can't be greater than number of args",
  NegativeScriptKeys: () => "ERR Number of keys can't be negative",
  NoScript: () => "NOSCRIPT No matching script. Please use EVAL.",
  NotBusy: () => "NOTBUSY No scripts in execution right now.",
  ScriptSyntax: () =>
    "ERR Error compiling script (new function): user_script:1: unexpected symbol near 'return'",
  ScriptFlushMode: () => "ERR SCRIPT FLUSH only support SYNC|ASYNC option",
  NoCluster: () => "ERR This instance has cluster support disabled",
  DebugNotAllowed: () =>
    'ERR DEBUG command not allowed. If the enable-debug-command option is set to "local", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.',
  DebugProtocolName: () =>
    "ERR Wrong protocol type name. Please use one of the following: string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false",
} as const;

/** The name of an error. */
export type ErrorName = keyof typeof errorTexts;

/** The name of an error whose text is always the same. */
export type PlainErrorName = {
  [Name in ErrorName]: Parameters<(typeof errorTexts)[Name]>["length"] extends 0 ? Name : never;
}[ErrorName];

/** A refused command. Nothing has changed, unless the command says otherwise. */
export class CommandError extends Data.TaggedClass("CommandError")<{
  readonly name: ErrorName;
  readonly text: Bytes;
}> {}

type Details<Name extends ErrorName> = Parameters<(typeof errorTexts)[Name]>;

/** The error of that name, as a value. */
export const commandError = <Name extends ErrorName>(
  name: Name,
  ...details: Details<Name>
): CommandError => {
  const text = errorTexts[name] as (...details: Details<Name>) => Bytes;
  return new CommandError({ name, text: text(...details) });
};

/** A failure with the error of that name. */
export const fail = <Name extends ErrorName>(
  name: Name,
  ...details: Details<Name>
): Result.Result<never, CommandError> => Result.fail(commandError(name, ...details));

/** The first arguments, quoted, up to about 128 bytes. */
const beginning = (args: ReadonlyArray<Bytes>): Bytes => {
  let shown = "";
  for (const arg of args) {
    if (shown.length >= 128) break;
    shown += `'${cString(arg).slice(0, 128 - shown.length)}' `;
  }
  return shown;
};
