/** connect-redis with express-session: sessions that several servers share and that outlive them. */
import { RedisStore } from "connect-redis";
import express from "express";
import session from "express-session";
import { expect, test } from "vitest";
import { nodeRedis, serveHttp, serverForTests, upTo } from "./application.ts";
import { startDurableTarget, until } from "./target.ts";

const target = serverForTests();

declare module "express-session" {
  interface SessionData {
    user: string;
    views: number;
    cart: string[];
  }
}

/** A shop: it knows who is logged in, counts what they have seen and keeps what they choose. */
async function shop(port = target.port, options: { ttl?: number; maxAge?: number } = {}) {
  const client = await nodeRedis(port);
  const { ttl, maxAge } = options;
  const store = new RedisStore({ client, prefix: "shop:", ...(ttl === undefined ? {} : { ttl }) });
  const application = express();
  application.use(
    session({
      ...{ store, secret: "a secret", resave: false, saveUninitialized: false, rolling: true },
      cookie: maxAge === undefined ? {} : { maxAge },
    }),
  );
  application.get("/login/:user", (request, response, next) => {
    request.session.regenerate((error) => {
      if (error) return next(error);
      request.session.user = request.params.user;
      request.session.views = 0;
      request.session.cart = [];
      response.send("welcome");
    });
  });
  application.get("/view/:thing", (request, response) => {
    if (request.session.user === undefined) return void response.status(401).send("who?");
    request.session.views = request.session.views! + 1;
    request.session.cart!.push(request.params.thing);
    const { user, views, cart } = request.session;
    response.json({ user, views, cart });
  });
  application.get("/logout", (request, response) => {
    request.session.destroy(() => void response.send("goodbye"));
  });
  const { url } = await serveHttp(application);
  return { url, store, client };
}

/** A browser, as far as cookies go. */
class Browser {
  #cookie = "";

  async get(url: string): Promise<{ status: number; body: string }> {
    const response = await fetch(url, { headers: { cookie: this.#cookie } });
    this.#cookie = response.headers.get("set-cookie")?.split(";")[0] ?? this.#cookie;
    return { status: response.status, body: await response.text() };
  }
}

test("a session is seen by every server, and by its own browser only", async () => {
  const [a, b] = [await shop(), await shop()];
  const browsers = upTo(20).map(() => new Browser());
  await Promise.all(browsers.map((browser, i) => browser.get(`${a.url}/login/user${i}`)));
  for (const thing of ["hat", "coat"]) {
    const { url } = thing === "hat" ? a : b;
    await Promise.all(browsers.map((browser) => browser.get(`${url}/view/${thing}`)));
  }
  const last = await Promise.all(browsers.map((browser) => browser.get(`${b.url}/view/shoe`)));
  expect(last.map(({ body }) => JSON.parse(body))).toEqual(
    upTo(20).map((i) => ({ user: `user${i}`, views: 3, cart: ["hat", "coat", "shoe"] })),
  );
  expect(await a.store.length()).toBe(20);
  expect((await new Browser().get(`${a.url}/view/hat`)).status).toBe(401);
  expect((await a.store.all()).map(({ user }: { user: string }) => user).sort()).toEqual(
    upTo(20)
      .map((i) => `user${i}`)
      .sort(),
  );
});

test("logging out ends a session everywhere; the store can be emptied", async () => {
  const [a, b] = [await shop(), await shop()];
  const [one, other] = [new Browser(), new Browser()];
  await one.get(`${a.url}/login/one`);
  await other.get(`${a.url}/login/other`);
  await one.get(`${b.url}/logout`);
  expect((await one.get(`${a.url}/view/hat`)).status).toBe(401);
  expect((await other.get(`${a.url}/view/hat`)).status).toBe(200);
  expect(await a.store.ids()).toHaveLength(1);
  await b.store.clear();
  expect((await other.get(`${a.url}/view/hat`)).status).toBe(401);
});

test("a session ends by itself, later when it is used", async () => {
  const { url, client } = await shop(target.port, { maxAge: 1000 });
  const [idle, busy] = [new Browser(), new Browser()];
  await idle.get(`${url}/login/idle`);
  await busy.get(`${url}/login/busy`);
  const used = setInterval(() => void busy.get(`${url}/view/hat`), 50);
  await until("one has ended", async () => (await client.dbSize()) === 1);
  clearInterval(used);
  expect((await idle.get(`${url}/view/hat`)).status).toBe(401);
  await until("both have ended", async () => (await client.dbSize()) === 0);
});

test("sessions outlive a restart of the server with its log on", async () => {
  const durable = await startDurableTarget();
  const { url, client } = await shop(durable.port, { ttl: 1000 });
  const browsers = upTo(30).map(() => new Browser());
  await Promise.all(browsers.map((browser, i) => browser.get(`${url}/login/user${i}`)));
  await Promise.all(browsers.map((browser) => browser.get(`${url}/view/before`)));
  await durable.restart();
  await until("it is back", () => client.isReady);
  const after = await Promise.all(browsers.map((browser) => browser.get(`${url}/view/after`)));
  expect(after.map(({ body }) => JSON.parse(body))).toEqual(
    upTo(30).map((i) => ({ user: `user${i}`, views: 2, cart: ["before", "after"] })),
  );
  const [key] = await client.keys("shop:*");
  expect(await client.ttl(key!)).toBeGreaterThan(900);
});
