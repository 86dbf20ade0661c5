// The merchant's own program: makes payments by the API, reads what became of them, gives money back and decides what waits for a person.
import { PAUSE } from "./chromium.mjs";
import { assert } from "./report.mjs";

const { SERVER_URL, API_KEY } = process.env;

/** A new payment that goes through this provider. */
export async function makesPayment(provider, order) {
  return writes("/v1/payments", 201, order, {
    order_id: order, provider, amount: { value: "12500", currency: "AMD" }, description: "Մեղրով տորթ",
  });
}

/** The payment as it stands. */
export async function readsPayment(id) {
  return asks(`/v1/payments/${id}`, 200, {});
}

/** All that the payment took goes back. */
export async function asksForRefund({ id }, reason) {
  return writes(`/v1/payments/${id}/refunds`, 201, `refund-${id}`, { reason });
}

/** The payment's exception of this kind, waited for until it is as wanted. */
export async function exceptionOf(payment, kind, wanted = () => true) {
  const deadline = Date.now() + PAUSE;
  for (;;) {
    const { exceptions } = await asks(`/v1/exceptions?kind=${kind}&state=all`, 200, {});
    const found = exceptions.find((one) => one.payment === payment.id && wanted(one));
    if (found) return found;
    assert(Date.now() < deadline, `no such ${kind} within ${PAUSE / 1000} s; there are ${JSON.stringify(exceptions)}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

/** Takes one of the exception's ways out. */
export async function decides({ id }, action, reason) {
  return writes(`/v1/exceptions/${id}/resolve`, 200, `${action}-${id}`, { action, reason });
}

async function writes(path, expected, key, body) {
  const headers = { "content-type": "application/json", "idempotency-key": key };
  return asks(path, expected, { method: "POST", headers, body: JSON.stringify(body) });
}

async function asks(path, expected, { headers, ...request }) {
  const answer = await fetch(`${SERVER_URL}${path}`, { ...request, headers: { ...headers, authorization: `Bearer ${API_KEY}` } });
  const body = await answer.text();
  assert(answer.status === expected, `${path} answered ${answer.status}: ${body}`);
  return JSON.parse(body);
}
