/** Messages: from a publisher, or from a change of a key, to everybody who listens. */
import { RUNNING } from "../gate/outbox.ts";
import { matchGlob } from "../resp/glob.ts";
import { ReplyWriter } from "../resp/reply.ts";
import { latin1 } from "../resp/request.ts";
import { type PushHost, pushBytes } from "./push.ts";
import type { Session } from "./session.ts";
import type { Audience } from "./subscriptions.ts";

/** Some bytes of a buffer. */
export interface Span {
  readonly bytes: Uint8Array;
  readonly offset: number;
  readonly length: number;
}

/** A buffer as a span. */
export function spanOf(bytes: Uint8Array): Span {
  return { bytes, offset: 0, length: bytes.length };
}

/** One message as both protocols write it; each form is made when the first listener needs it. */
class Message {
  readonly #forms = [new ReplyWriter(), new ReplyWriter()] as const;

  constructor() {
    this.#forms[1].protocol = 3;
  }

  /** The next message begins. */
  begin(): void {
    for (const form of this.#forms) form.sent(true);
  }

  /** The message in the session's protocol. */
  formFor({ reply }: Session): ReplyWriter {
    return this.#forms[reply.protocol - 2]!;
  }
}

const message = new Message();

/**
 * Gives a message to all who listen to its channel, and then to those who listen to patterns that
 * match it, pattern by pattern. What it shows depends on everything that has run.
 *
 * @returns how many copies were given away; a client gets one for each of its subscriptions
 */
export function publish(instance: PushHost, channel: Span, content: Span): number {
  const { subscriptions } = instance.clients;
  let receivers = tell(instance, subscriptions.channels.get(textOf(channel)), (writer) => {
    writer.push(3);
    writer.bulkText("message");
    bulk(writer, channel);
    bulk(writer, content);
  });
  for (const audience of subscriptions.patterns.values()) {
    const { bytes } = audience;
    const isMeant = matchGlob(
      ...([bytes, 0, bytes.length] as const),
      ...([channel.bytes, channel.offset, channel.length] as const),
    );
    if (!isMeant) continue;
    receivers += tell(instance, audience, (writer) => {
      writer.push(4);
      writer.bulkText("pmessage");
      writer.bulk(bytes, 0, bytes.length);
      bulk(writer, channel);
      bulk(writer, content);
    });
  }
  return receivers;
}

/** As `publish`, on a shard channel. Patterns do not reach these. */
export function publishToShard(instance: PushHost, channel: Span, content: Span): number {
  const { shards } = instance.clients.subscriptions;
  return tell(instance, shards.get(textOf(channel)), (writer) => {
    writer.push(3);
    writer.bulkText("smessage");
    bulk(writer, channel);
    bulk(writer, content);
  });
}

function tell(
  instance: PushHost,
  audience: Audience | undefined,
  write: (writer: ReplyWriter) => void,
): number {
  if (audience === undefined) return 0;
  message.begin();
  for (const session of audience.listeners) {
    const form = message.formFor(session);
    if (form.length === 0) write(form);
    pushBytes(instance, session, RUNNING, form.bytes, form.length);
  }
  return audience.listeners.size;
}

function bulk(writer: ReplyWriter, { bytes, offset, length }: Span): void {
  writer.bulk(bytes, offset, length);
}

function textOf({ bytes, offset, length }: Span): string {
  return latin1(bytes, offset, length);
}
