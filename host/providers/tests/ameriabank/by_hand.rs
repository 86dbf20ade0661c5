//! A bank that answers each operation with what a test wrote down, and keeps what it was asked.

use crate::account::NUMBER;
use axum::Router;
use axum::body::Bytes;
use axum::http::{StatusCode, Uri, header};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// The session that this bank speaks of.
pub(crate) const REFERENCE: &str = "7B1F0C52-1111-4222-8333-0123456789AB";

/// An operation and the body that it was asked with.
type Asked = (String, Vec<u8>);

/// The bank; it ends with the test's runtime.
pub(crate) struct ByHand {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl ByHand {
    /// Answers every operation with this.
    pub(crate) async fn answering(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::by_operation(vec![("", status, body.into())]).await
    }

    /// Answers details with this, and GetPaymentId as it should be.
    pub(crate) async fn telling(status: u16, details: impl Into<Vec<u8>>) -> Self {
        let id = json!({ "PaymentId": REFERENCE.to_lowercase(), "ResponseCode": "00", "ResponseMessage": "" });
        Self::by_operation(vec![("GetPaymentId", 200, id.to_string().into_bytes()), ("", status, details.into())]).await
    }

    /// Answers with the first of these whose name is in the address.
    pub(crate) async fn by_operation(answers: Vec<(&'static str, u16, Vec<u8>)>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/VPOS/", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kept = asked.clone();
        let answer = move |uri: Uri, bytes: Bytes| {
            kept.lock().unwrap().push((uri.to_string(), bytes.to_vec()));
            let (_, status, body) =
                answers.iter().find(|(name, ..)| uri.path().ends_with(name)).expect("an answer for this").clone();
            let status = StatusCode::from_u16(status).unwrap();
            async move { (status, [(header::LOCATION, "https://elsewhere.example/")], body) }
        };
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
        Self { url, asked }
    }

    /// The requests that came: operation and body.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        let name = |address: &str| address.rsplit('/').next().unwrap().to_owned();
        self.asked.lock().unwrap().iter().map(|(address, body)| (name(address), body.clone())).collect()
    }
}

/// Details of a paid order of 1 500 dram as the sheet has them, with these fields laid over them.
pub(crate) fn details(change: &Value) -> Value {
    let mut details = json!({
        "Amount": 1500.0, "ApprovedAmount": 1500.0, "ApprovalCode": "123456", "CardNumber": "400000**0002",
        "ClientName": "ANI PETROSYAN", "ClientEmail": "ani@example.am", "Currency": "051",
        "DateTime": "21/11/2026 14:05:09", "DepositedAmount": 1500.0, "Description": "Payment is successful ",
        "MerchantId": "99000001", "Opaque": format!("kamurj-{NUMBER}"), "OrderID": NUMBER,
        "PaymentState": "payment_deposited", "PaymentType": 5, "ResponseCode": "00", "TerminalId": "99000001",
        "TrxnDescription": "\u{bf}\u{bf}\u{bf}\u{bf}\u{bf} 1", "OrderStatus": "2", "RefundedAmount": 0.0,
        "CardHolderID": "", "MDOrderID": "632416001234", "PrimaryRC": "00", "ExpDate": "203012",
        "ProcessingIP": "192.0.2.44", "BindingID": "", "ActionCode": "0", "ExchangeRate": 0.0, "rrn": "632416001234",
        "BankInfo": { "BankName": "X", "BankCountryCode": "AM", "BankCountryName": "Armenia" },
    });
    details.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    details
}
