//! Payments, deliveries and requests for a test to change. They must not depend on a host.

use crate::{
    ChannelRef, Choice, Customer, Delivery, Failure, InboundRequest, Money, Payment, PaymentLink, Question, Response,
};

/// A payment of 12 500 dram that was just made, for a test to change.
pub fn payment(id: &str) -> Payment {
    Payment {
        id: id.to_owned(),
        order_id: "A-1042".to_owned(),
        mode: "test".to_owned(),
        status: "created".to_owned(),
        version: 1,
        amount: Money { minor: 1_250_000, currency: "AMD".to_owned() },
        captured: Money { minor: 0, currency: "AMD".to_owned() },
        refunded: Money { minor: 0, currency: "AMD".to_owned() },
        description: "Cake".to_owned(),
        items: Vec::new(),
        customer: Customer { name: None, phone: None, email: None, id: None, extra: Vec::new() },
        channel: None,
        crm: None,
        locale: "en".to_owned(),
        checkout_url: format!("https://pay.example.am/p/{id}"),
        created_at: 1_795_250_000_000,
        expires_at: 1_795_336_400_000,
        paid_at: None,
        provider_reference: None,
        evidence: String::new(),
        attempts: 0,
        link_id: None,
        answers: Vec::new(),
        fulfilment: None,
        metadata: Vec::new(),
        extra: Vec::new(),
    }
}

/// A reference to a chat in English.
pub fn channel(plugin: &str, conversation: &str) -> ChannelRef {
    ChannelRef {
        plugin: plugin.to_owned(),
        conversation: conversation.to_owned(),
        handle: None,
        language: Some("en".to_owned()),
        extra: Vec::new(),
    }
}

/// The first run of a delivery of this event.
pub fn delivery(event: &str, payment: Payment) -> Delivery {
    Delivery {
        id: format!("dlv_{}_{}_{event}", payment.id, payment.version),
        event: event.to_owned(),
        payment,
        run: 1,
        extra: Vec::new(),
    }
}

/// A verified POST on this route.
pub fn inbound(path: &str, body: &serde_json::Value) -> InboundRequest {
    InboundRequest {
        id: "inb_1".to_owned(),
        path: path.to_owned(),
        method: "POST".to_owned(),
        query: Vec::new(),
        headers: Vec::new(),
        body: body.to_string().into_bytes(),
        received_at: 1_795_250_000_000,
        run: 1,
        extra: Vec::new(),
    }
}

/// An answer with a JSON body.
pub fn answer(status: u16, body: &serde_json::Value) -> Response {
    Response { status, headers: Vec::new(), body: body.to_string().into_bytes(), extra: Vec::new() }
}

/// No answer, of this kind: `ambiguous`, `not-sent`, ….
pub fn failure(kind: &str) -> Failure {
    Failure { kind: kind.to_owned(), message: format!("the double says {kind}"), retry_after_ms: None }
}

/// A payment link that sells one piece of something for 12 500 dram and asks nothing.
pub fn payment_link(id: &str, title: &str) -> PaymentLink {
    PaymentLink {
        id: id.to_owned(),
        kind: "fixed".to_owned(),
        state: "open".to_owned(),
        version: 1,
        title: title.to_owned(),
        description: String::new(),
        url: format!("https://pay.example.am/p/{id}"),
        price: Some(Money { minor: 1_250_000, currency: "AMD".to_owned() }),
        least: None,
        most: None,
        suggested: None,
        fewest_pieces: 1,
        most_pieces: 1,
        deliveries: Vec::new(),
        questions: Vec::new(),
        contact: "no".to_owned(),
        extra: Vec::new(),
    }
}

/// A thing to choose that adds this many dram.
pub fn choice(id: &str, title: &str, drams: i64) -> Choice {
    let price = (drams > 0).then(|| Money { minor: drams * 100, currency: "AMD".to_owned() });
    Choice { id: id.to_owned(), title: title.to_owned(), price, extra: Vec::new() }
}

/// A question of this kind that must be answered.
pub fn question(id: &str, label: &str, kind: &str) -> Question {
    Question {
        id: id.to_owned(),
        label: label.to_owned(),
        kind: kind.to_owned(),
        required: true,
        choices: Vec::new(),
        extra: Vec::new(),
    }
}
