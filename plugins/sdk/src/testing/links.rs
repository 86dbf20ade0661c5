//! Payment links of the host in memory: what a selection comes to and what is missing in it. The server's own rules are finer; these
//! are the same in kind. It must not make a payment.

use super::error;
use crate::{Error, Estimate, Fault, LineItem, Money, PaymentLink, PaymentRequest, Selection};

fn fault(field: &str, missing: bool) -> Fault {
    let message = if missing { format!("{field} is missing") } else { format!("{field} is wrong") };
    Fault { field: field.to_owned(), message, missing, extra: Vec::new() }
}

fn find<'a>(links: &'a [PaymentLink], selection: &Selection) -> Result<&'a PaymentLink, Error> {
    links.iter().find(|link| link.id == selection.link_id).ok_or_else(|| error("not-found"))
}

/// What the selection comes to.
pub(super) fn quote(links: &[PaymentLink], selection: &Selection) -> Result<Estimate, Error> {
    let link = find(links, selection)?;
    let mut faults = Vec::new();
    let unit = link.price.clone().or_else(|| selection.amount.clone());
    match (&unit, &link.least, &link.most) {
        (None, ..) => faults.push(fault("amount", true)),
        (Some(unit), Some(least), Some(most)) if !(least.minor..=most.minor).contains(&unit.minor) => {
            faults.push(fault("amount", false));
        }
        _ => {}
    }
    let pieces = selection.quantity.unwrap_or(link.fewest_pieces);
    if link.most_pieces > link.fewest_pieces && selection.quantity.is_none() {
        faults.push(fault("quantity", true));
    } else if !(link.fewest_pieces..=link.most_pieces).contains(&pieces) {
        faults.push(fault("quantity", false));
    }
    let way = selection.delivery.as_ref().map(|id| link.deliveries.iter().find(|way| way.id == *id));
    match way {
        None if !link.deliveries.is_empty() => faults.push(fault("delivery", true)),
        Some(None) => faults.push(fault("delivery", false)),
        _ => {}
    }
    for question in &link.questions {
        let field = format!("answers/{}", question.id);
        match selection.answers.iter().find(|(id, _)| *id == question.id) {
            None if question.required => faults.push(fault(&field, true)),
            Some((_, answer)) if !fits(&question.kind, answer, &question.choices) => faults.push(fault(&field, false)),
            _ => {}
        }
    }
    let Some(unit) = unit.filter(|_| faults.is_empty()) else {
        return Ok(Estimate { amount: None, items: Vec::new(), faults, extra: Vec::new() });
    };
    let line = |name: &str, quantity: u32, unit_price: Money| LineItem {
        name: name.to_owned(),
        quantity,
        unit_price,
        extra: Vec::new(),
    };
    let mut items = vec![line(&link.title, pieces, unit.clone())];
    items.extend(way.flatten().and_then(|way| way.price.clone().map(|price| line(&way.title, 1, price))));
    let minor = items.iter().map(|item| item.unit_price.minor * i64::from(item.quantity)).sum();
    Ok(Estimate { amount: Some(Money { minor, ..unit }), items, faults, extra: Vec::new() })
}

fn fits(kind: &str, answer: &str, choices: &[crate::Choice]) -> bool {
    match kind {
        "choice" => choices.iter().any(|choice| choice.id == answer),
        "phone" => answer.chars().filter(char::is_ascii_digit).count() >= 6,
        "number" => answer.parse::<f64>().is_ok(),
        "email" => answer.contains('@'),
        _ => true,
    }
}

/// The payment that a press of it asks for.
pub(super) fn press(links: &[PaymentLink], selection: &Selection) -> Result<PaymentRequest, Error> {
    let link = find(links, selection)?;
    if link.state != "open" {
        return Err(error("closed"));
    }
    if selection.version.is_some_and(|version| version != link.version) {
        return Err(error("conflict"));
    }
    let Estimate { amount: Some(amount), items, .. } = quote(links, selection)? else { return Err(error("invalid")) };
    Ok(PaymentRequest {
        key: selection.key.clone(),
        order_id: None,
        amount,
        description: link.title.clone(),
        items,
        customer: selection.customer.clone(),
        channel: selection.channel.clone(),
        crm: None,
        locale: selection.locale.clone(),
        expires_in_ms: None,
        extra: Vec::new(),
    })
}
