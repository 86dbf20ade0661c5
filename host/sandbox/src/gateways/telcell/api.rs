//! `/invoices`: the form of WEB v1.2, by POST or by a redirect with the same parameters, and the server calls of the shop gateway
//! v2.6, whose first parameter carries the command. Errors are a code as text with status 200; people see it on a page.

use axum::body::Bytes;
use axum::extract::{ConnectInfo, State as Shared};
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::invoice::{Invoice, Status, hundredths, page_of, with_point};
use super::{State, Telcell, callbacks, page, sealed};
use crate::gateways::{Reply, Says};
use crate::listener::Wire;

/// The dram's sign, by which the form names the currency.
const DRAM: &str = "֏";
const FORM: [&str; 8] =
    ["action", "issuer", "currency", "price", "product", "issuer_id", "valid_days", "security_code"];

type Values = Vec<(String, String)>;
/// A code of Telcell's table.
type Error = &'static str;

/// What a call ends in.
enum Answer {
    /// The payer's browser goes there.
    Page(String),
    Text(String),
    Error(Error),
    Cut,
}

/// `GET /invoices?…`
pub(super) async fn redirected(
    Shared(telcell): Shared<Telcell>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    uri: Uri,
) -> Response {
    let values = pairs(uri.query().unwrap_or_default().as_bytes());
    telcell.answer("PostInvoice", &wire, |state, now| state.post_invoice(&values, now))
}

/// `POST /invoices`
pub(super) async fn posted(
    Shared(telcell): Shared<Telcell>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    body: Bytes,
) -> Response {
    let values = pairs(&body);
    match values.first().map(|(name, _)| name.as_str()).and_then(|name| name.strip_suffix(":issuer")) {
        Some("check_bill") => telcell.answer("check_bill", &wire, |state, _| state.check_bill(&values)),
        Some("refund_bill") => telcell.answer("refund_bill", &wire, |state, _| state.refund_bill(&values)),
        Some("cancel_bill") => telcell.answer("cancel_bill", &wire, |state, _| state.cancel_bill(&values)),
        Some("clear_bill") => telcell.answer("clear_bill", &wire, |state, _| state.clear_bill(&values)),
        // `bill` and the QR commands exist at Telcell, and nobody needs them here.
        Some(_) => telcell.answer("unknown", &wire, |_, _| Answer::Error("E0001")),
        None => telcell.answer("PostInvoice", &wire, |state, now| state.post_invoice(&values, now)),
    }
}

/// Everything else.
pub(super) async fn nowhere(Shared(telcell): Shared<Telcell>) -> Response {
    telcell.with(|state, _| state.calls.note("unknown", Some(404)));
    StatusCode::NOT_FOUND.into_response()
}

fn pairs(encoded: &[u8]) -> Values {
    url::form_urlencoded::parse(encoded).into_owned().collect()
}

impl Telcell {
    fn answer(&self, name: &'static str, wire: &Wire, work: impl FnOnce(&mut State, i64) -> Answer) -> Response {
        let answer = self.with(|state, now| {
            let answer = work(state, now);
            let status = match &answer {
                Answer::Page(_) => Some(303),
                Answer::Text(_) | Answer::Error(_) => Some(200),
                Answer::Cut => None,
            };
            state.calls.note(name, status);
            answer
        });
        match answer {
            Answer::Page(url) => (StatusCode::SEE_OTHER, [(header::LOCATION, url)]).into_response(),
            Answer::Text(text) => text.into_response(),
            Answer::Error(code) if name == "PostInvoice" => page::error(code),
            Answer::Error(code) => code.into_response(),
            Answer::Cut => {
                wire.cut();
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

/// Does the work unless a fault says otherwise.
fn under(fault: Reply, work: impl FnOnce() -> Result<Answer, Error>) -> Answer {
    match fault {
        Reply::DropRequest => Answer::Cut,
        Reply::Fail => Answer::Error("E0006"),
        Reply::Ok | Reply::DropReply => match work() {
            Ok(_) if fault == Reply::DropReply => Answer::Cut,
            Ok(answer) => answer,
            Err(code) => Answer::Error(code),
        },
    }
}

/// The values with these names: each once, none empty, nothing else beside them.
fn exactly<'v, const N: usize>(values: &'v Values, names: [&str; N], besides: &[&str]) -> Result<[&'v str; N], Error> {
    let known = |name: &str| names.contains(&name) || besides.contains(&name);
    let twice = |name: &str| values.iter().filter(|(other, _)| other == name).count() > 1;
    if values.iter().any(|(name, value)| !known(name) || twice(name) || value.is_empty()) {
        return Err("E0001");
    }
    let found = names.map(|name| values.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()));
    if found.contains(&None) { Err("E0001") } else { Ok(found.map(Option::unwrap_or_default)) }
}

fn decoded(base64: &str) -> Result<String, Error> {
    let text = STANDARD.decode(base64).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.filter(|text| !text.is_empty()).ok_or("E0001")
}

impl State {
    fn shop_key(&self, issuer: &str) -> Result<String, Error> {
        let shop = self.merchants.iter().find(|merchant| merchant.issuer == issuer);
        shop.map(|shop| shop.shop_key.clone()).ok_or("E0002")
    }

    fn post_invoice(&mut self, values: &Values, now: i64) -> Answer {
        under(self.faults.start, || {
            let [action, issuer, currency, price, product, issuer_id, valid_days, security_code] =
                exactly(values, FORM, &["lang", "ssn"])?;
            let optional = |name: &str| values.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
            if action != "PostInvoice" || currency != DRAM {
                return Err("E0001");
            }
            if optional("lang").is_some_and(|lang| !["am", "en", "ru"].contains(&lang)) {
                return Err("E0001");
            }
            let minor = hundredths(price).ok_or("E0001")?;
            let days = valid_days.parse().ok().filter(|days| (1..=3650).contains(days)).ok_or("E0001")?;
            let (number, product_text) = (decoded(issuer_id)?, decoded(product)?);
            let mut sealed = vec![issuer, currency, price, product, issuer_id, valid_days];
            sealed.extend(optional("ssn"));
            if sealed::code(&self.shop_key(issuer)?, &sealed) != security_code {
                return Err("E0005");
            }
            let taken = |known: &Invoice| {
                known.issuer == issuer && known.issuer_id == issuer_id && known.status != Status::CancelledForRepeat
            };
            if self.invoices.iter().any(taken) {
                return Err("E0009");
            }
            let id = self.ids.digits();
            let answer = Answer::Page(page_of(&self.base_url, &id));
            self.invoices.push(Invoice::new(id, issuer, issuer_id, number, product_text, minor, days, now));
            Ok(answer)
        })
    }

    /// The paid or unpaid bill that a call names, after its proof was checked, with the shop's key.
    fn bill(
        &self,
        issuer: &str,
        invoice: &str,
        issuer_id: &str,
        sealed: &[&str],
        checksum: &str,
    ) -> Result<(usize, String), Error> {
        decoded(issuer_id)?;
        let key = self.shop_key(issuer)?;
        if sealed::code(&key, sealed) != checksum {
            return Err("E0005");
        }
        let fits = |known: &Invoice| known.id == invoice && known.issuer == issuer && known.issuer_id == issuer_id;
        self.invoices.iter().position(fits).map(|place| (place, key)).ok_or("E0007")
    }

    fn check_bill(&self, values: &Values) -> Answer {
        under(self.faults.lookup, || {
            let [issuer, invoice, issuer_id, checksum] =
                exactly(values, ["check_bill:issuer", "invoice", "issuer_id", "checksum"], &[])?;
            let (place, key) = self.bill(issuer, invoice, issuer_id, &[issuer, invoice, issuer_id], checksum)?;
            let bill = &self.invoices[place];
            let status = if self.faults.says == Says::Pending { Status::New } else { bill.status };
            Ok(Answer::Text(sealed::answer(
                &key,
                &[
                    ("invoice", invoice),
                    ("issuer_id", issuer_id),
                    ("currency", callbacks::currency(bill.currency, &self.habits)),
                    ("sum", &with_point(bill.minor)),
                    ("time", &callbacks::time(bill.changed_at)),
                    ("status", status.word()),
                ],
            )))
        })
    }

    fn refund_bill(&mut self, values: &Values) -> Answer {
        under(self.faults.refund, || {
            let [issuer, invoice, issuer_id, sum, checksum] =
                exactly(values, ["refund_bill:issuer", "invoice", "issuer_id", "refund_sum", "checksum"], &[])?;
            let minor = hundredths(sum).ok_or("E0001")?;
            let (place, key) = self.bill(issuer, invoice, issuer_id, &[issuer, invoice, issuer_id, sum], checksum)?;
            // No code is named for too much; this is the nearest one.
            if !(1..=self.invoices[place].left()).contains(&minor) {
                return Err("E0001");
            }
            self.invoices[place].refunded += minor;
            let lines = [
                ("invoice", invoice),
                ("issuer_id", issuer_id),
                ("refund_sum", &with_point(minor)),
                ("status", "PAID"),
            ];
            Ok(Answer::Text(sealed::answer(&key, &lines)))
        })
    }

    fn cancel_bill(&mut self, values: &Values) -> Answer {
        under(self.faults.refund, || {
            let [issuer, invoice, issuer_id, checksum] =
                exactly(values, ["cancel_bill:issuer", "invoice", "issuer_id", "checksum"], &[])?;
            let (place, key) = self.bill(issuer, invoice, issuer_id, &[issuer, invoice, issuer_id], checksum)?;
            let bill = &mut self.invoices[place];
            if bill.status != Status::Paid || bill.refunded > 0 {
                return Err("E0001");
            }
            bill.refunded = bill.minor;
            bill.status = Status::Cancelled;
            let lines = [("invoice", invoice), ("issuer_id", issuer_id), ("status", "CANCELLED")];
            Ok(Answer::Text(sealed::answer(&key, &lines)))
        })
    }

    /// Knows bills by the shop's number alone; only one that waits to be paid can be withdrawn.
    fn clear_bill(&mut self, values: &Values) -> Answer {
        under(self.faults.cancel, || {
            let [issuer, issuer_id, checksum] = exactly(values, ["clear_bill:issuer", "issuer_id", "checksum"], &[])?;
            decoded(issuer_id)?;
            let key = self.shop_key(issuer)?;
            if sealed::code(&key, &[issuer, issuer_id]) != checksum {
                return Err("E0005");
            }
            let waiting = self
                .invoices
                .iter_mut()
                .find(|known| known.issuer == issuer && known.issuer_id == issuer_id && known.status == Status::New);
            waiting.ok_or("E0007")?.status = Status::CancelledForRepeat;
            let lines = [("issuer_id", issuer_id), ("status", Status::CancelledForRepeat.word())];
            Ok(Answer::Text(sealed::answer(&key, &lines)))
        })
    }
}
