//! What a receipt says besides who was paid and when: what the seller gives, each refund with its date, what stays paid, the
//! customer's own contact, the fiscal receipt.

use kamurj_domain::format::money;
use serde::Serialize;

use crate::address::WebLink;
use crate::error::PagesError;
use crate::plain::paragraph;
use crate::printed::{Page, Row};
use crate::texts::{Texts, fill};
use crate::view::{CheckoutView, GivenBack, Receipt};

/// A piece of a text of the seller's: an address in it that may be followed, or anything else.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Piece {
    pub(crate) text: String,
    /// The whole address, so that its host can be read.
    pub(crate) href: Option<String>,
}

/// Adds what is known beside the receipt's first lines.
pub(crate) fn add(page: &mut Page, receipt: &Receipt, view: &CheckoutView, texts: &Texts) -> Result<(), PagesError> {
    let write = |minor: i64| money(minor, &view.currency, view.language);
    if let Some(contact) = &receipt.contact {
        page.rows.push(Row::text(&texts.receipt_contact, &masked(contact)));
    }
    for refund in &receipt.refunds {
        let label = fill(&texts.receipt_refund, &[("amount", &write(refund.amount_minor))]);
        page.rows.push(Row::moment(&label, refund.at_ms, None, view.language)?);
    }
    if let GivenBack::Part(minor) = receipt.given_back {
        let stays = view.amount_minor.saturating_sub(minor);
        page.rows.push(Row::text(&texts.receipt_stays, &write(stays)));
    }
    if let Some(fiscal) = &receipt.fiscal {
        page.rows.push(Row::text(&texts.receipt_fiscal, &fiscal.number));
        page.fiscal_link = fiscal.url.as_ref().map(|link| crate::printed::Link {
            href: link.url().to_owned(),
            label: fill(&texts.receipt_fiscal_open, &[("host", link.host())]),
        });
    }
    let note = if receipt.fiscal.is_some() { &texts.receipt_fiscal_note } else { &texts.paid_not_fiscal };
    page.receipt_note.clone_from(note);
    page.given = receipt.given.as_deref().map(pieces).unwrap_or_default();
    Ok(())
}

/// Cuts a text into addresses that may be followed and the rest. What is put together again is the text.
fn pieces(text: &str) -> Vec<Piece> {
    let text = paragraph(text);
    let mut pieces = Vec::new();
    let mut plain = String::new();
    for word in text.split_inclusive(char::is_whitespace) {
        let bare = word.trim_end();
        // Punctuation after an address is the sentence's.
        let address = bare.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '»', '”', '"', '\'', '։', '՝']);
        match WebLink::parse(address).filter(|_| address.starts_with("https://")) {
            Some(link) => {
                if !plain.is_empty() {
                    pieces.push(Piece { text: std::mem::take(&mut plain), href: None });
                }
                // As it was read, so that the host that is shown is the one that it leads to.
                pieces.push(Piece { text: link.url().to_owned(), href: Some(link.url().to_owned()) });
                plain.push_str(&word[address.len()..]);
            }
            None => plain.push_str(word),
        }
    }
    if !plain.is_empty() {
        pieces.push(Piece { text: plain, href: None });
    }
    pieces
}

/// Enough of an e-mail address or telephone number for its owner to know it, and too little for anybody else.
fn masked(contact: &str) -> String {
    let contact = contact.trim();
    if let Some((name, host)) = contact.rsplit_once('@') {
        let first: String = name.chars().take(1).collect();
        return format!("{first}•••@{host}");
    }
    let digits: Vec<char> = contact.chars().filter(char::is_ascii_digit).collect();
    let last: String = digits[digits.len().saturating_sub(2)..].iter().collect();
    format!("•••{last}")
}

#[cfg(test)]
mod tests {
    use super::{masked, pieces};

    #[test]
    fn contacts_are_known_to_their_owner_alone() {
        for (contact, shown) in [
            ("ani@mail.am", "a•••@mail.am"),
            ("Ծ@փոստ.հայ", "Ծ•••@փոստ.հայ"),
            ("+374 91 12-34-56", "•••56"),
            ("7", "•••7"),
            ("", "•••"),
        ] {
            assert_eq!(masked(contact), shown);
        }
    }

    #[test]
    fn only_plain_https_addresses_in_a_text_become_links() {
        let links = |text: &str| -> Vec<String> { pieces(text).into_iter().filter_map(|piece| piece.href).collect() };
        assert_eq!(
            links("Room 7: https://meet.example/r7?k=1, (https://b.example/)."),
            ["https://meet.example/r7?k=1"],
            "an address in brackets begins with the bracket"
        );
        for text in [
            "http://meet.example/",
            "javascript:alert(1)",
            "//evil.example",
            "https://shop@evil.example/",
            "https://10.0.0.1/",
            "HTTPS:/evil.example",
            "meet.example",
            "xhttps://meet.example/",
        ] {
            assert!(links(text).is_empty(), "{text}");
        }
        let text = "Կոդ՝ X-1\nhttps://a.example/։ Շնորհակալություն";
        let together: String = pieces(text).into_iter().map(|piece| piece.text).collect();
        assert_eq!(together, text);
        let look_alike = pieces("https://аpple.example/");
        assert_eq!(look_alike[0].text, "https://xn--pple-43d.example/", "the host that is shown is the real one");
    }
}
