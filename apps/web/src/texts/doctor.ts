/** Texts of the connection doctor: loaded with it. */
export const doctorTexts = {
  now: 'Connection now',
  connected: 'Connected',
  leaving: 'Connected; the server is about to restart',
  connecting: 'Connecting',
  offline: (failures: number) =>
    failures === 1 ? 'Not connected; one attempt so far' : `Not connected; ${failures} attempts so far`,
  closed: 'Closed',
  transport: 'Carried by',
  websocket: 'WebSocket',
  http: 'HTTP and Server-Sent Events',
  roundTrip: 'Round trip',
  roundTripMeaning: 'The median of the last ones.',
  milliseconds: (ms: number) => (ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`),
  chart: 'The last round trips',
  lastLoss: 'Last lost',
  neverLost: 'not since this page opened',
  session: 'Session',
  checks: 'Checks',
  checking: 'Checking',
  again: 'Check again',
  states: { good: 'Good', warn: 'Look at this', bad: 'Broken' },
  names: {
    http: 'The server answers',
    websocket: 'WebSockets open',
    stream: 'Streams arrive unheld',
    headers: 'Headers arrive whole',
  },
  says: {
    http: {
      good: (ms: number) => `In ${ms} ms.`,
      status: (status: number) => `It answered ${status}: something else stands at this address.`,
      bad: 'No answer. Is the server running, and this device online?',
    },
    websocket: {
      good: (ms: number) => `In ${ms} ms, the server's greeting included.`,
      silent:
        'It opened, and the server was not heard. A proxy takes WebSockets and does not pass them on: it must forward the headers Upgrade and Connection.',
      bad: 'Refused. A proxy or a firewall blocks WebSockets, so answers come as Server-Sent Events. To allow them, forward the headers Upgrade and Connection (nginx: proxy_http_version 1.1).',
    },
    stream: {
      good: (count: number) => `${count} events came one by one.`,
      held: 'All events came at once: something on the way gathers the stream. Switch buffering off there (nginx: proxy_buffering off; others: no compression of text/event-stream).',
      status: (status: number) => `Answered ${status} in place of a stream.`,
      bad: 'The stream broke before its end. Something on the way cuts long answers: raise its read timeout.',
    },
    headers: {
      direct: 'Nothing stands between this page and the server.',
      proxy: 'A proxy stands between, and passes everything on.',
      encoded:
        'Something compresses streams on the way, which can hold them back. Leave out text/event-stream.',
      stripped: 'Something takes away security headers. Let Content-Security-Policy pass.',
    },
  },
  codes: {
    pulled: 'you pulled the plug',
    known: {
      1000: 'the server closed it',
      1001: 'the server restarted',
      1006: 'it broke off without a word (the network, a proxy or the server)',
      1011: 'the server had a fault',
      1012: 'the server restarted',
      1013: 'the server was too busy',
      4001: 'the sign-in had ended',
      4002: 'the server did not understand this page',
      4008: 'this page could not keep up with the stream',
      4010: 'the server heard nothing from this page for too long',
    } as Readonly<Record<number, string>>,
    other: (code: number) => `closed with code ${code}`,
  },
  plug: {
    title: 'Pull the plug',
    meaning: 'Cuts this page off for a moment. An answer that is being written goes on where it stopped.',
    pull: 'Pull the plug',
    out: 'The plug is out',
  },
} as const;
