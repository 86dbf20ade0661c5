//! What the merchant sells by payment links, in every chat.

use serde_json::{Value, json};

use super::setup::{Services, text};
use crate::say;

/// What the buyer of the lesson gets.
pub(crate) const LESSON_ACCESS: &str = "https://school.example.am/join/7741";

/// Ids of the links.
pub(super) struct Goods {
    /// A fixed price, and what is told once it is paid.
    pub(super) lesson: String,
    /// How many, which way of delivery, a telephone number.
    pub(super) cake: String,
    /// The customer says how much.
    pub(super) gift: String,
}

impl Goods {
    /// Makes the links, as a merchant's own program does.
    pub(super) fn make(services: &Services<'_>, key: &str) -> Result<Self, String> {
        say::step("make payment links", || {
            let make = |link: Value| {
                let made =
                    services.http.post_with_key(&format!("{}/v1/payment-links", services.server_url), key, &link)?;
                text(&made, "/id")
            };
            let goods = Self { lesson: make(lesson())?, cake: make(cake())?, gift: make(gift())? };
            let detail = format!("a lesson, a cake and a gift: {}, {}, {}", goods.lesson, goods.cake, goods.gift);
            Ok((goods, detail))
        })
    }
}

fn lesson() -> Value {
    json!({
        "title": { "hy": "Առցանց դաս", "ru": "Онлайн-урок", "en": "Online lesson" },
        "amount": { "value": "5000", "currency": "AMD" },
        "fulfilment": {
            "hy": format!("Միացեք այստեղ՝ {LESSON_ACCESS}"),
            "ru": format!("Подключайтесь здесь: {LESSON_ACCESS}"),
            "en": format!("Join here: {LESSON_ACCESS}"),
        },
    })
}

fn cake() -> Value {
    json!({
        "title": { "hy": "Տորթ պատվերով", "ru": "Торт на заказ", "en": "Cake to order" },
        "amount": { "value": "15000", "currency": "AMD" },
        "quantity": { "min": 1, "max": 3 },
        "delivery_options": [
            { "id": "home", "title": { "hy": "Առաքում տուն", "ru": "Доставка домой", "en": "To your door" }, "price": "1500" },
            { "id": "shop", "title": { "hy": "Խանութից", "ru": "Из магазина", "en": "From the shop" } },
        ],
        "questions": [{
            "id": "phone", "type": "phone", "required": true,
            "label": { "hy": "Ձեր հեռախոսահամարը", "ru": "Ваш телефон", "en": "Your telephone number" },
        }],
    })
}

fn gift() -> Value {
    json!({
        "title": { "hy": "Նվեր-քարտ", "ru": "Подарочная карта", "en": "Gift card" },
        "amount": { "currency": "AMD", "min": "1000", "max": "50000" },
    })
}
