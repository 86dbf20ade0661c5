//! The bank's response codes (vendor manual, table 1, with what was observed of them). It must not know which call a code
//! answers, apart from the first, whose codes are integers.

use crate::contract::Cause;

/// What a code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Done; for an order, its status says the rest.
    Done,
    /// Nobody has tried to pay.
    Untried,
    /// Under way, or without an answer from the card network yet.
    Waiting,
    /// The time for entering a card ran out.
    TimeOut,
    /// Not paid, and the cause is the payer's bank, 3-D Secure, a limit or an error.
    Declined,
    /// Our request was wrong, or the account is not set up for it.
    OurFault,
    /// No such order.
    UnknownOrder,
    /// An order with this number exists.
    Exists,
    /// The operation was refused. Observed for refunds and cancelling; says nothing of the payment.
    Refused,
    /// The client lacks the right to refund or to reverse.
    NoRight,
    /// A refund did not happen. Says nothing of the payment.
    RefundFailed,
    /// Wrong credentials, or a kind of payment that the client may not use.
    Credentials,
    /// The bank's system error, observed for wrong credentials and for orders that nobody tried to pay alike.
    SystemError,
    /// A code that is in no table.
    Other,
}

/// What a code says. Long forms (`00 : Payment Successfully Completed`) are read by what stands before the blank or colon.
pub(super) fn meaning(code: &str) -> Meaning {
    let code = code.split(|mark: char| mark.is_whitespace() || mark == ':').next().unwrap_or_default();
    match code {
        "0-100" => Meaning::Untried,
        "0-9000" | "0-1" | "0151019" | "520" | "500" => Meaning::Waiting,
        "0-2007" | "01001" => Meaning::TimeOut,
        // Could not be sent, or the issuer is not there; attempts used up.
        "0151018" | "0907" | "0910" | "0-2013"
        // 3-D Secure.
        | "0-2005" | "0-2006" | "0-2011" | "0-2015" | "0-2016" | "0-2018" | "0-2019" | "02003" | "02005" | "0151017"
        // The issuer, or a limit.
        | "0100" | "0101" | "0103" | "0104" | "0107" | "0110" | "0111" | "0116" | "0120" | "0121" | "0123" | "0125"
        | "0208" | "0209" | "0902" | "0903" | "0904" | "0913" | "071015" | "0-20010" | "0-2002"
        // A blacklist, fraud, or an authorisation that never began.
        | "0-2000" | "0-2001" | "02001" | "0999"
        // General errors of processing; and the operation as a whole, seen in test mode for other sums than 10 AMD.
        | "0341014" | "09001" | "0909" | "560" => Meaning::Declined,
        "0914" | "0341041" => Meaning::RefundFailed,
        "01" | "08204" => Meaning::Exists,
        "02" | "03" | "04" | "05" | "30" | "50" | "510" => Meaning::OurFault,
        "06" => Meaning::UnknownOrder,
        "07" => Meaning::Refused,
        "20" => Meaning::Credentials,
        "513" | "514" => Meaning::NoRight,
        "550" => Meaning::SystemError,
        done if done.starts_with("00") => Meaning::Done,
        _ => Meaning::Other,
    }
}

/// Why an order was declined, for its payer: 3-D Secure, and what never reached the card's bank.
pub(super) fn cause(code: &str) -> Option<Cause> {
    let code = code.split(|mark: char| mark.is_whitespace() || mark == ':').next().unwrap_or_default();
    match code {
        "0-2014" => Some(Cause::CancelledByPayer),
        "0-2005" | "0-2006" | "0-2011" | "0-2015" | "0-2016" | "0-2018" | "0-2019" | "02003" | "02005" | "0151017" => {
            Some(Cause::NotAuthenticated)
        }
        "0151018" | "0907" | "0910" => Some(Cause::Unreachable),
        _ => None,
    }
}

/// What a code of InitPayment says, where it is an integer: a single digit has lost its leading zero on the way.
pub(super) fn of_start(code: &str) -> Meaning {
    match code {
        "2" | "3" | "4" | "5" => Meaning::OurFault,
        "6" => Meaning::UnknownOrder,
        "7" => Meaning::Refused,
        "8204" => Meaning::Exists,
        code => meaning(code),
    }
}
