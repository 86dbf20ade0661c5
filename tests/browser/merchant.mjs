// The merchant's own program: makes payments by the API and reads what became of them.
import { assert } from "./report.mjs";

const { SERVER_URL, API_KEY } = process.env;

/** A new payment that goes through this provider. */
export async function makesPayment(provider, order) {
  return asks("/v1/payments", 201, {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": order },
    body: JSON.stringify({
      order_id: order, provider, amount: { value: "12500", currency: "AMD" }, description: "Մեղրով տորթ",
    }),
  });
}

/** The payment as it stands. */
export async function readsPayment(id) {
  return asks(`/v1/payments/${id}`, 200, {});
}

async function asks(path, expected, { headers, ...request }) {
  const answer = await fetch(`${SERVER_URL}${path}`, { ...request, headers: { ...headers, authorization: `Bearer ${API_KEY}` } });
  const body = await answer.text();
  assert(answer.status === expected, `${path} answered ${answer.status}: ${body}`);
  return JSON.parse(body);
}
