// A small CRM plugin in JavaScript: tells a remote of each payment once and says what it saw on the way. Written for what both
// engines have: QuickJS brings no TextEncoder, URL, fetch or crypto.

import { now } from 'kamurj:plugin/clock@1.1.0';
import { money } from 'kamurj:plugin/format@1.1.0';
import { send } from 'kamurj:plugin/http@1.1.0';
import { write } from 'kamurj:plugin/log@1.1.0';
import { read } from 'kamurj:plugin/settings@1.1.0';
import { compareAndSet, get } from 'kamurj:plugin/state@1.1.0';

const KEY = 'told';

// ASCII is all that this plugin sends.
const bytes = (text) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const text = (bytes) => String.fromCharCode(...bytes);

function outcome(kind, rest) {
  return {
    kind,
    code: '',
    message: '',
    retryAfterMs: undefined,
    scope: 'message',
    remoteRef: undefined,
    extra: [],
    ...rest,
  };
}

// How often this installation was told of payments, this time included.
function count() {
  const entry = get(KEY);
  const next = entry ? Number(text(entry.value)) + 1 : 1;
  compareAndSet(KEY, entry ? entry.version : undefined, bytes(String(next)), undefined);
  return next;
}

function tell(delivery, told) {
  const { api_base } = JSON.parse(read());
  return send({
    method: 'POST',
    url: `${api_base}/echo/deals`,
    headers: [['content-type', 'application/json'], ['x-key', 'Bearer {{secret:token}}']],
    body: bytes(JSON.stringify({ order: delivery.payment.orderId, told })),
    slots: [{ secret: 'token', place: 'header', field: 'x-key' }],
    step: 'tell',
    timeoutMs: undefined,
    extra: [],
  });
}

export const crmSink = {
  sync(delivery) {
    if (delivery.id === 'throw') throw new Error('told to');
    if (delivery.id === 'loop') for (;;) ;
    const told = count();
    write('info', `Told of ${money(delivery.payment.amount, 'en')}`, [['told', String(told)]]);
    const extra = [
      ['clock', String(now())],
      ['date', String(Date.now())],
      ['random', [Math.random(), Math.random()].join(' ')],
    ];
    try {
      const answer = tell(delivery, told);
      return outcome('done', { remoteRef: String(answer.status), extra });
    } catch (error) {
      const failure = error.payload ?? error;
      const kind = failure.kind === 'ambiguous' ? 'ambiguous' : 'retry';
      return outcome(kind, { code: String(failure.kind), message: String(failure.message), extra });
    }
  },
};

export const inbound = {
  handle(request) {
    return outcome('done', { message: `${request.body.length} bytes` });
  },
};

export const schedule = {
  tick(occurrence) {
    return outcome('done', { message: occurrence.name });
  },
};

export const selfTest = {
  check() {
    return outcome('done', { message: 'Ready' });
  },
};

// There is nothing at the remote that would have to be set up.
export const setup = {
  connect() {
    return [];
  },
};

// No setting is chosen from a list.
export const choices = {
  offer() {
    return [];
  },
};
