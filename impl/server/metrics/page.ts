/** The page about a running server: plain HTML, CSS and JavaScript, complete in themselves. */

/** The document. What changes is filled in by the script. */
export const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Veridis</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/page.css">
<script src="/page.js" defer></script>
</head>
<body>
<header>
<h1>Veridis <span id="version"></span></h1>
<p id="status" role="status">Connecting …</p>
</header>
<noscript><p>This page needs JavaScript. The same figures are at <a href="/metrics">/metrics</a>.</p></noscript>
<main>
<section aria-labelledby="throughput">
<h2 id="throughput">Throughput</h2>
<dl>
<div><dt>Commands per second</dt><dd id="rate">–</dd></div>
<div><dt>Errors per second</dt><dd id="errors">–</dd></div>
<div><dt>Key look-ups that hit</dt><dd id="hits">–</dd></div>
<div><dt>In</dt><dd id="in">–</dd></div>
<div><dt>Out</dt><dd id="out">–</dd></div>
</dl>
<svg id="chart" role="img" aria-label="Commands per second in the last minute" viewBox="0 0 600 80" preserveAspectRatio="none"><polyline points=""></polyline></svg>
</section>
<section aria-labelledby="latency">
<h2 id="latency">Latency of commands in the server</h2>
<dl>
<div><dt>Half take up to</dt><dd id="p50">–</dd></div>
<div><dt>99 % take up to</dt><dd id="p99">–</dd></div>
<div><dt>99.9 % take up to</dt><dd id="p999">–</dd></div>
</dl>
<p class="note">Of the last minute, in powers of two; without the network and without waiting for the log.</p>
</section>
<section aria-labelledby="memory">
<h2 id="memory">Memory</h2>
<dl>
<div><dt>In use</dt><dd id="used">–</dd></div>
<div><dt>At most so far</dt><dd id="peak">–</dd></div>
<div><dt>Of the process</dt><dd id="resident">–</dd></div>
<div><dt>Limit</dt><dd id="max">–</dd></div>
</dl>
</section>
<section aria-labelledby="log">
<h2 id="log">Log</h2>
<dl>
<div><dt>State</dt><dd id="logstate">–</dd></div>
<div><dt>Policy</dt><dd id="policy">–</dd></div>
<div><dt>Units</dt><dd id="units">–</dd></div>
<div><dt>Units that replies wait for</dt><dd id="waiting">–</dd></div>
<div><dt>Size</dt><dd id="size">–</dd></div>
</dl>
</section>
<section aria-labelledby="keys">
<h2 id="keys">Keys</h2>
<table><caption>Databases that hold keys</caption>
<thead><tr><th scope="col">Database</th><th scope="col">Keys</th><th scope="col">With a time to live</th></tr></thead>
<tbody id="databases"></tbody></table>
</section>
<section aria-labelledby="clients">
<h2 id="clients">Clients</h2>
<p><span id="connected">–</span> connected, <span id="blocked">–</span> waiting, at most <span id="most">–</span></p>
<table><caption>The longest connected</caption>
<thead><tr><th scope="col">Number</th><th scope="col">Address</th><th scope="col">Name</th><th scope="col">Database</th><th scope="col">Last command</th><th scope="col">Idle</th></tr></thead>
<tbody id="sessions"></tbody></table>
</section>
<section aria-labelledby="slow">
<h2 id="slow">Slow log</h2>
<table><caption>The newest entries; SLOWLOG GET shows their arguments</caption>
<thead><tr><th scope="col">Number</th><th scope="col">At</th><th scope="col">Duration</th><th scope="col">Command</th><th scope="col">Arguments</th><th scope="col">Client</th></tr></thead>
<tbody id="slowlog"></tbody></table>
</section>
</main>
</body>
</html>
`;

/** How it looks, in the light and in the dark. */
export const STYLE = `:root {
  color-scheme: light dark;
  --ink: light-dark(#1b1b1f, #e6e6ea);
  --soft: light-dark(#5a5a66, #a3a3b0);
  --paper: light-dark(#fbfbfd, #16161a);
  --card: light-dark(#ffffff, #1f1f25);
  --line: light-dark(#d8d8e0, #35353f);
  --accent: light-dark(#0b6e4f, #5fd3a7);
  --bad: light-dark(#a4161a, #ff8a8a);
}
* { box-sizing: border-box; }
body { margin: 0; padding: 1rem; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; gap: 0 1rem; align-items: baseline; }
h1 { font-size: 1.3rem; margin: 0; }
h2 { font-size: 1rem; margin: 0 0 .5rem; }
#version, .note, caption, dt { color: var(--soft); }
#status { margin: 0; }
#status.bad, dd.bad { color: var(--bad); font-weight: 600; }
main { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); margin-top: 1rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; overflow-x: auto; }
section:has(#sessions), section:has(#slowlog) { grid-column: 1 / -1; }
dl { margin: 0; }
dl div { display: flex; justify-content: space-between; gap: 1rem; }
dd { margin: 0; font-variant-numeric: tabular-nums; text-align: right; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-size: .9rem; }
th, td { text-align: left; padding: .2rem .8rem .2rem 0; border-top: 1px solid var(--line); white-space: nowrap; }
.note { font-size: .9rem; margin: .5rem 0 0; }
svg { display: block; width: 100%; height: 5rem; margin-top: .5rem; border-bottom: 1px solid var(--line); }
polyline { fill: none; stroke: var(--accent); stroke-width: 2; vector-effect: non-scaling-stroke; }
`;

/** What keeps it up to date: it asks for the state once a second, while somebody can see it. */
export const SCRIPT = `"use strict";
const KEPT = 60;
const seen = [];
const of = (id) => document.getElementById(id);
const put = (id, text, bad = false) => {
  const place = of(id);
  if (place.textContent !== text) place.textContent = text;
  place.classList.toggle("bad", bad);
};
const count = (value) => Math.round(value).toLocaleString("en");
const bytes = (value) => {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let at = 0;
  for (; value >= 1000 && at < units.length - 1; at++) value /= 1000;
  return (at === 0 ? value.toFixed(0) : value.toFixed(1)) + " " + units[at];
};
const micros = (value) => value < 1000 ? value + " µs" : value < 1e6 ? value / 1000 + " ms" : value / 1e6 + " s";
const span = (seconds) => {
  const days = Math.floor(seconds / 86400), hours = Math.floor(seconds / 3600) % 24;
  const minutes = Math.floor(seconds / 60) % 60;
  return days > 0 ? days + " d " + hours + " h" : hours > 0 ? hours + " h " + minutes + " min"
    : minutes > 0 ? minutes + " min" : Math.floor(seconds) + " s";
};
const rows = (id, list) => {
  of(id).replaceChildren(...list.map((cells) => {
    const row = document.createElement("tr");
    row.append(...cells.map((text) => {
      const cell = document.createElement("td");
      cell.textContent = text;
      return cell;
    }));
    return row;
  }));
};
// A counter that has become smaller was reset.
const perSecond = (now, before, field) =>
  before === undefined || now[field] < before[field] ? null
    : (now[field] - before[field]) / Math.max(0.001, (now.atMs - before.atMs) / 1000);
const shown = (value, show = count) => value === null ? "–" : show(value);
const percentile = (now, first, share) => {
  if (now.latency === null) return "not tracked";
  const calls = now.latency.map((value, k) => Math.max(0, value - (first.latency?.[k] ?? 0)));
  const total = calls.reduce((sum, value) => sum + value, 0);
  if (total === 0) return "–";
  let passed = 0;
  const k = calls.findIndex((value) => (passed += value) >= total * share);
  return micros(2 ** k);
};
const draw = () => {
  const rates = seen.slice(1).map((now, i) => perSecond(now, seen[i], "commands") ?? 0);
  const most = Math.max(1, ...rates);
  const points = rates.map((rate, i) =>
    (600 - (rates.length - 1 - i) * (600 / (KEPT - 2))).toFixed(1) + "," + (78 - (76 * rate) / most).toFixed(1));
  of("chart").firstElementChild.setAttribute("points", points.join(" "));
};
const show = (now) => {
  const before = seen.at(-1);
  seen.push(now);
  if (seen.length > KEPT) seen.shift();
  put("version", now.version);
  const loading = now.loadedShare < 1;
  put("status", loading ? "Loading: " + Math.floor(now.loadedShare * 100) + " %" : "Up for " + span(now.uptimeSeconds));
  const hits = perSecond(now, before, "hits"), misses = perSecond(now, before, "misses");
  put("rate", shown(perSecond(now, before, "commands")));
  put("errors", shown(perSecond(now, before, "errors")));
  put("hits", hits === null || hits + misses === 0 ? "–" : (100 * hits / (hits + misses)).toFixed(1) + " %");
  put("in", shown(perSecond(now, before, "inputBytes"), (value) => bytes(value) + "/s"));
  put("out", shown(perSecond(now, before, "outputBytes"), (value) => bytes(value) + "/s"));
  draw();
  put("p50", percentile(now, seen[0], 0.5));
  put("p99", percentile(now, seen[0], 0.99));
  put("p999", percentile(now, seen[0], 0.999));
  put("used", bytes(now.memory.usedBytes));
  put("peak", bytes(now.memory.peakBytes));
  put("resident", bytes(now.memory.residentBytes));
  put("max", now.memory.maxBytes === 0 ? "none" : bytes(now.memory.maxBytes));
  const log = now.log;
  const bad = log !== null && (!log.isUp || log.error !== null);
  put("logstate", log === null ? "none: nothing is kept" : !log.isUp ? "poisoned: nothing leaves"
    : log.error !== null ? "writes are refused: " + log.error : "writes reach it", bad);
  put("policy", log === null ? "–" : log.policy);
  put("units", log === null ? "–" : count(log.units));
  put("waiting", log === null ? "–" : count(Math.max(0, log.units - log.openUnits)));
  put("size", log === null ? "–" : bytes(log.sizeBytes));
  rows("databases", now.databases.map((one) => [one.database, count(one.keys), count(one.expiring)]));
  put("connected", count(now.clients.connected));
  put("blocked", count(now.clients.waiting));
  put("most", count(now.clients.most));
  rows("sessions", now.clients.list.map((one) =>
    [one.id, one.address, one.name, one.database, one.command, span(Math.max(0, one.idleMs) / 1000)]));
  rows("slowlog", now.slow.map((one) =>
    [one.id, new Date(one.atMs).toISOString(), micros(one.durationUs), one.command, one.arguments, one.address]));
};
const ask = async () => {
  try {
    if (!document.hidden) {
      const answer = await fetch("/state.json", { signal: AbortSignal.timeout(5000) });
      if (!answer.ok) throw new Error(String(answer.status));
      show(await answer.json());
    }
  } catch {
    put("status", "The server does not answer", true);
  }
  setTimeout(ask, 1000);
};
ask();
`;
