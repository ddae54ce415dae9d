/** The metrics of a server in the text form of Prometheus. */
import { Counter, Gauge, Registry } from "prom-client";
import { infoText } from "../../commands/introspection/info.ts";
import type { Instance } from "../../session/instance.ts";
import { METRICS, type MetricDeclaration } from "./declarations.ts";

/** INFO's sections that metrics are read from; those of commands are read from their records. */
const SECTIONS = [
  ...["server", "clients", "memory", "persistence", "stats", "replication", "cpu"],
] as const;

interface Shown {
  readonly declaration: MetricDeclaration;
  readonly metric: Gauge | Counter;
}

/** Writes the metrics of one instance. */
export class PrometheusText {
  readonly #instance: Instance;
  readonly #registry = new Registry();
  readonly #shown: readonly Shown[];

  constructor(instance: Instance) {
    this.#instance = instance;
    const registers = [this.#registry];
    this.#shown = METRICS.map((declaration) => {
      const { name, help, labels, type } = declaration;
      const options = { name, help, labelNames: [...labels], registers };
      return { declaration, metric: type === "gauge" ? new Gauge(options) : new Counter(options) };
    });
  }

  /** The media type of the text. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** The text now. */
  async write(): Promise<string> {
    const info = infoFields(this.#instance);
    for (const { declaration, metric } of this.#shown) {
      const { labels, read } = declaration;
      // A label that is gone, as of an empty database, is shown no more.
      metric.reset();
      for (const [value, ...texts] of read(this.#instance, info)) {
        metric.inc(Object.fromEntries(labels.map((label, i) => [label, texts[i]!])), value);
      }
    }
    return await this.#registry.metrics();
  }
}

function infoFields(instance: Instance): ReadonlyMap<string, string> {
  const lines = infoText(instance, SECTIONS).split("\r\n");
  return new Map(
    lines.flatMap((line): (readonly [string, string])[] => {
      const colon = line.indexOf(":");
      return colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 1)]];
    }),
  );
}
