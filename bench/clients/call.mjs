// node call.mjs URL CHROMIUM: two pages of a headless browser hold a call with video in a room of theirs. Prints the frames
// that each has decoded of the other's, once both have FRAMES, and in how many milliseconds after the call was answered.
import { createRequire } from "node:module";

const FRAMES = 30;
const WITHIN_MS = 30_000;

const [url, executablePath] = process.argv.slice(2);
const { launch } = createRequire(`${process.env.CLIENTS}/`)("puppeteer-core");
const browser = await launch({
  executablePath,
  headless: true,
  args: ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
});

// Runs in a page: a client that answers any call, as a browser would be written for Hansard.
async function client({ name }) {
  const json = { "content-type": "application/json" };
  const ask = async (method, path, body) => {
    const answer = await fetch(path, { method, headers: body && json, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? undefined : answer.json();
  };
  const account = { email: `${name}.${crypto.randomUUID()}@example.org`, password: "a rather long one" };
  await ask("POST", "/v1/users", { ...account, display_name: name });
  const me = (await ask("POST", "/v1/sessions", { ...account, cookie: true })).user_id;

  const heard = [];
  const [peers, wanted] = [new Map(), new Map()];
  let call;
  // Signals arrive in the order of their sending; they are dealt with in it too.
  let last = Promise.resolve();
  const signal = (to, payload) => ask("POST", `/v1/calls/${call}/signals`, { to, payload });

  async function peer(other) {
    if (peers.has(other)) return peers.get(other);
    const { ice_servers } = await ask("GET", "/v1/ice-servers");
    const connection = new RTCPeerConnection({ iceServers: ice_servers });
    peers.set(other, connection);
    const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
    for (const track of media.getTracks()) connection.addTrack(track, media);
    connection.onicecandidate = ({ candidate }) => candidate && signal(other, { candidate });
    connection.ontrack = ({ track, streams: [stream] }) => {
      if (track.kind !== "video") return;
      const video = Object.assign(document.createElement("video"), { srcObject: stream, muted: true, autoplay: true });
      document.documentElement.append(video);
    };
    return connection;
  }

  async function hear(frame) {
    heard.push(frame.type);
    const { type, data } = frame;
    if (type === "call_started" && data.started_by !== me) {
      call = data.id;
      await ask("PUT", `/v1/calls/${call}/participants/me`, {});
    } else if (type === "call_joined" && data.started_by === me) {
      const { user_id } = data.participants.find((one) => one.user_id !== me);
      const connection = await peer(user_id);
      await connection.setLocalDescription();
      await signal(user_id, { description: connection.localDescription });
    } else if (type === "signal" && data.payload.description) {
      const connection = await peer(data.from);
      await connection.setRemoteDescription(data.payload.description);
      if (data.payload.description.type === "offer") {
        await connection.setLocalDescription();
        await signal(data.from, { description: connection.localDescription });
      }
      for (const candidate of wanted.get(data.from) ?? []) await connection.addIceCandidate(candidate);
      wanted.delete(data.from);
    } else if (type === "signal") {
      const connection = peers.get(data.from);
      if (connection?.remoteDescription) await connection.addIceCandidate(data.payload.candidate);
      else wanted.set(data.from, [...(wanted.get(data.from) ?? []), data.payload.candidate]);
    }
  }

  const socket = new WebSocket(`${location.origin.replace("http", "ws")}/v1/stream`, "hansard.v1");
  const failures = [];
  socket.onmessage = ({ data }) => {
    last = last.then(() => hear(JSON.parse(data))).catch((error) => failures.push(String(error)));
  };
  await new Promise((opened, failed) => Object.assign(socket, { onopen: opened, onerror: failed }));

  async function decoded() {
    let frames = 0;
    for (const connection of peers.values()) {
      for (const report of (await connection.getStats()).values()) {
        if (report.type === "inbound-rtp" && report.kind === "video") frames += report.framesDecoded;
      }
    }
    return { frames, heard, failures };
  }

  window.hansard = {
    ask,
    decoded,
    calls: async (room) => {
      call = (await ask("POST", `/v1/rooms/${room}/calls`, { media: "video" })).id;
      return call;
    },
  };
  return me;
}

async function page(name) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  // Any page of the server's: the cookie and the devices belong to its origin.
  await page.goto(`${url}/healthz`);
  return { page, me: await page.evaluate(client, { name }) };
}

async function until(what, holds) {
  const deadline = Date.now() + WITHIN_MS;
  for (;;) {
    const [done, shown] = await holds();
    if (done) return shown;
    if (Date.now() > deadline) throw new Error(`${what} in ${WITHIN_MS} ms: ${JSON.stringify(shown)}`);
    await new Promise((later) => setTimeout(later, 50));
  }
}

try {
  const [alice, bob] = [await page("alice"), await page("bob")];
  const room = await alice.page.evaluate(async (bob) => {
    const made = await window.hansard.ask("POST", "/v1/rooms", { type: "group", name: "call", member_ids: [bob] });
    return made.id;
  }, bob.me);
  const began = Date.now();
  const call = await alice.page.evaluate((room) => window.hansard.calls(room), room);
  const both = () => Promise.all([alice, bob].map(({ page }) => page.evaluate(() => window.hansard.decoded())));
  const shown = await until("both see each other", async () => {
    const shown = await both();
    return [shown.every(({ frames }) => frames >= FRAMES), shown];
  });
  const took = Date.now() - began;
  await alice.page.evaluate((call) => window.hansard.ask("DELETE", `/v1/calls/${call}`), call);
  await until("both are told of its end", async () => {
    const shown = await both();
    return [shown.every(({ heard, failures }) => heard.includes("call_ended") && failures.length === 0), shown];
  });
  console.log(JSON.stringify({ frames: shown.map(({ frames }) => frames), took }));
} finally {
  await browser.close();
}
