//! What Idram sends to a merchant's `RESULT_URL`, and what the answers do. It must not know what a browser shows.

use md5::{Digest, Md5};
use url::Url;

use super::payment::{Outcome, Stage, Step};
use super::{Idram, State};
use crate::gateways::Pushing;
use crate::{locked, rfc3339};

/// The wallet that everybody pays from.
const PAYER: &str = "200000555";
/// Yerevan is four hours ahead of UTC all year.
const YEREVAN_MS: i64 = 4 * 3_600_000;

type Form = Vec<(String, String)>;

impl Idram {
    /// Asks the merchant whether money may move. Anything but `OK` with status 200 is a no, silence too.
    pub(super) async fn ask(&self, index: usize) {
        let question = locked(&self.state).question(index);
        let answer = match question {
            Some((url, form)) => self.post(url, &form).await,
            None => None,
        };
        let agreed = answer.is_some_and(|(status, said)| status == 200 && said == "OK");
        let mut state = locked(&self.state);
        state.payments[index].stage = if agreed { Stage::Agreed } else { Stage::Refused };
    }

    /// Confirms what is due now, of one payment or of all; answers how many calls that took. Whoever comes first takes a
    /// confirmation, so that none is sent by two at once.
    pub(super) async fn confirm_all(&self, only: Option<usize>) -> usize {
        let now = (self.clock)();
        let mut sent = 0;
        loop {
            let claimed = locked(&self.state).claim(now, only);
            let Some((charge, url, form)) = claimed else { return sent };
            let answer = self.post(url, &form).await;
            locked(&self.state).settle(charge, answer.as_ref());
            sent += 1;
        }
    }

    async fn post(&self, url: Url, form: &Form) -> Option<(u16, String)> {
        self.sender.push(self.sender.client()?.post(url).form(form)).await
    }
}

impl State {
    fn question(&self, index: usize) -> Option<(Url, Form)> {
        let payment = &self.payments[index];
        let merchant = self.merchants.iter().find(|merchant| merchant.account == payment.account)?;
        let mut form = [
            ("EDP_PRECHECK", "YES"),
            ("EDP_BILL_NO", &payment.number),
            ("EDP_REC_ACCOUNT", &payment.account),
            ("EDP_AMOUNT", &payment.written),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
        form.extend(payment.own.iter().cloned());
        Some((merchant.result_url.clone(), form))
    }

    fn claim(&mut self, now: i64, only: Option<usize>) -> Option<(usize, Url, Form)> {
        let due = |step: Step| match step {
            Step::Due(at) => at <= now,
            Step::Copies(left) => left > 0,
            Step::Sending(_) | Step::Over(_) => false,
        };
        match self.faults.push {
            Pushing::Send => {}
            Pushing::Hold => return None,
            Pushing::Drop => {
                for charge in self.charges.iter_mut().filter(|charge| due(charge.step)) {
                    let told = matches!(charge.step, Step::Copies(_));
                    charge.step = Step::Over(if told { Outcome::Stands } else { Outcome::Lost });
                }
                return None;
            }
        }
        let index = self
            .charges
            .iter()
            .position(|charge| due(charge.step) && only.is_none_or(|payment| payment == charge.payment))?;
        let (url, form) = self.confirmation(index)?;
        let repeat = self.faults.push_repeat;
        let charge = &mut self.charges[index];
        charge.sent += 1;
        charge.step = Step::Sending(match charge.step {
            Step::Copies(left) => left - 1,
            _ => repeat,
        });
        Some((index, url, form))
    }

    fn confirmation(&self, index: usize) -> Option<(Url, Form)> {
        let charge = &self.charges[index];
        let payment = &self.payments[charge.payment];
        let merchant = self.merchants.iter().find(|merchant| merchant.account == payment.account)?;
        let amount = format!("{}.{:02}", charge.minor / 100, charge.minor % 100);
        let day = rfc3339(charge.at + YEREVAN_MS);
        let date = format!("{}/{}/{}", &day[8..10], &day[5..7], &day[..4]);
        let key = if self.faults.push_forged { "a key of somebody else" } else { &merchant.secret_key };
        let signed =
            format!("{}:{amount}:{key}:{}:{PAYER}:{}:{date}", payment.account, payment.number, charge.trans_id);
        let mut checksum = format!("{:032x}", u128::from_be_bytes(Md5::digest(signed).into()));
        if self.switches.capitals {
            checksum.make_ascii_uppercase();
        }
        let mut form = [
            ("EDP_BILL_NO", payment.number.as_str()),
            ("EDP_REC_ACCOUNT", &payment.account),
            ("EDP_PAYER_ACCOUNT", PAYER),
            ("EDP_AMOUNT", &amount),
            ("EDP_TRANS_ID", &charge.trans_id),
            ("EDP_TRANS_DATE", &date),
            ("EDP_CHECKSUM", &checksum),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
        form.extend(payment.own.iter().cloned());
        Some((merchant.result_url.clone(), form))
    }

    /// The table of answers: exactly `OK` with 200 lets the money stand, any other 2xx sends it back, and everything else
    /// leaves it and writes a letter. It holds for copies as for the first.
    fn settle(&mut self, index: usize, answer: Option<&(u16, String)>) {
        let charge = &mut self.charges[index];
        let Step::Sending(copies) = charge.step else { return };
        charge.step = match answer {
            Some((200, said)) if said == "OK" && copies > 0 => Step::Copies(copies),
            Some((200, said)) if said == "OK" => Step::Over(Outcome::Stands),
            Some((200..=299, _)) => Step::Over(Outcome::Cancelled),
            _ => {
                self.letters += 1;
                Step::Over(Outcome::StandsUnanswered)
            }
        };
    }
}
