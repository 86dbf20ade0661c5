//! What differs between instances of the gateway, and between merchants of one.

/// How an instance behaves where instances differ.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a habit by itself")]
pub struct Habits {
    /// How error codes are written.
    pub codes: Codes,
    /// The version of `getOrderStatusExtended.do` that is set for the merchant.
    pub version: Version,
    /// Whether the extended status lists refunds.
    pub lists_refunds: bool,
    /// Whether times are ISO 8601 text in Armenia's time without a zone, not milliseconds.
    pub times_as_text: bool,
    /// Whether orders are also found by the merchant's number. Inecobank's instance is said not to do that.
    pub finds_by_number: bool,
    /// The parameter that the browser brings back: `orderId`, `orderID` or `paymentID`.
    pub return_parameter: &'static str,
    /// Whether it brings the merchant's number in it, not the gateway's id.
    pub returns_number: bool,
    /// How many times a payer may be declined before the order is.
    pub tries: u32,
    /// Whether the merchant has the right to refund.
    pub may_refund: bool,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            codes: Codes::Text,
            version: Version::V03,
            lists_refunds: true,
            times_as_text: false,
            finds_by_number: true,
            return_parameter: "orderId",
            returns_number: false,
            tries: 1,
            may_refund: true,
        }
    }
}

/// How error codes are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codes {
    /// `"0"`.
    Text,
    /// `0`.
    Number,
    /// As text, and left out where the call was handled.
    Absent,
}

/// The versions of `getOrderStatusExtended.do`; each says more than the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// The plain one.
    V01,
    /// With the authorisation's time and reference.
    V02,
    /// With the amounts of the payment.
    V03,
}
