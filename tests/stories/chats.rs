//! Payment links in a chat: a plugin reads them, counts what a customer chose, and presses. What may be pressed is the host's to say,
//! in a chat as on the link's own page.

use kamurj_tests::clock::hours;
use kamurj_tests::integrator::{Answer, link as link_of, order};
use kamurj_tests::links::{changes, id, lesson, makes, places, reads, with};
use kamurj_tests::{World, story};
use reqwest::Method;
use serde_json::{Value, json};

/// A cake with a choice of delivery and a question of each kind of answer.
fn cake() -> Value {
    json!({
        "title": { "hy": "Տորթ", "en": "A cake" }, "description": { "hy": "Թխում ենք առավոտյան" },
        "amount": { "value": "5000", "currency": "AMD" }, "quantity": { "min": 1, "max": 3 },
        "delivery_options": [
            { "id": "shop", "title": { "hy": "Խանութից" } },
            { "id": "home", "title": { "hy": "Տուն" }, "price": "1500" },
        ],
        "questions": [
            { "id": "phone", "label": { "hy": "Հեռախոս" }, "type": "phone", "required": true },
            { "id": "taste", "label": { "hy": "Համը" }, "type": "choice", "required": true, "personal": false,
              "choices": [{ "id": "honey", "label": { "hy": "Մեղրով" } }] },
            { "id": "day", "label": { "hy": "Օրը" }, "type": "date", "required": false, "personal": false },
        ],
    })
}

/// What a customer answers who leaves nothing open.
fn chosen(link: &Value, key: &str) -> Value {
    json!({
        "do": "press", "key": key, "link": id(link), "quantity": 2, "delivery": "home", "conversation": "chat-1",
        "answers": { "phone": "+374 91 12 34 56", "taste": "honey" }, "customer": { "name": "Անի" },
    })
}

async fn chatting(world: &mut World) -> String {
    let settings = json!({ "api_base": world.sandbox.telegram_url, "script": [] });
    world.runs_chatting(&settings, "IGQ-a-token-that-nobody-uses").await
}

story!(a_link_is_read_in_the_customers_language_and_only_by_whom_it_belongs_to, |world| {
    let chat = chatting(world).await;
    let link = makes(world, &cake()).await;
    let free = json!({ "amount": { "currency": "AMD", "min": "100", "max": "9000", "suggested": "500" } });
    let mut gift = with(lesson(), "contact", json!("no"));
    gift["amount"] = free["amount"].clone();
    let gift = makes(world, &gift).await;
    let ask = json!({ "do": "read_links", "ids": [id(&gift), "lnk_none", id(&link)], "language": "hy" });
    let read = world.chat_does(&chat, "1", &ask).await;
    assert_eq!(read.as_array().map(Vec::len), Some(2), "{read}");
    let (first, second) = (&read[0], &read[1]);
    assert_eq!((&first["id"], &first["price"], &first["contact"]), (&json!(id(&gift)), &Value::Null, &json!("no")));
    assert_eq!(
        [&first["least"], &first["most"], &first["suggested"]],
        [&json!(10_000), &json!(900_000), &json!(50_000)]
    );
    assert_eq!(first["title"], "A lesson", "in the language that there is");
    assert_eq!((&second["title"], &second["description"]), (&json!("Տորթ"), &json!("Թխում ենք առավոտյան")));
    assert_eq!((&second["price"], &second["pieces"]), (&json!(500_000), &json!([1, 3])));
    assert_eq!(second["deliveries"], json!([["shop", "Խանութից", null], ["home", "Տուն", 150_000]]));
    assert_eq!(
        (&second["state"], &second["url"], &second["version"]),
        (&json!("open"), &link["url"], &link["version"])
    );
    let kinds: Vec<&str> =
        second["questions"].as_array().expect("questions").iter().filter_map(|one| one["kind"].as_str()).collect();
    assert_eq!(kinds, ["phone", "choice", "date"]);
    assert_eq!(second["questions"][1]["choices"], json!([["honey", "Մեղրով", null]]));

    let wrong = json!({ "do": "read_links", "ids": [id(&link)], "language": "fr" });
    assert_eq!(world.chat_does(&chat, "2", &wrong).await["error"], "invalid");
    let many: Vec<String> = (0..101).map(|n| format!("lnk_{n}")).collect();
    let many = json!({ "do": "read_links", "ids": many });
    assert_eq!(world.chat_does(&chat, "3", &many).await["error"], "invalid");

    // Another merchant's link is not there, for no function.
    let neighbour = world.flower_shop().await;
    let request = world.asks(&neighbour.api_key, Method::POST, "/v1/payment-links").json(&cake());
    let theirs = Answer::to(request).await.body;
    let press = chosen(&theirs, "k");
    let quote = with(press.clone(), "do", json!("quote"));
    let read = json!({ "do": "read_links", "ids": [id(&theirs)] });
    let answers = world.chat_does_all(&chat, "4", &[read, quote, press]).await;
    assert_eq!(
        (&answers[0], &answers[1]["error"], &answers[2]["error"]),
        (&json!([]), &json!("not-found"), &json!("not-found"))
    );
    assert!(world.payments().await.is_empty(), "nothing was made");
});

story!(what_is_missing_and_what_is_wrong_is_said_in_armenian_and_makes_nothing, |world| {
    let chat = chatting(world).await;
    let link = makes(world, &cake()).await;
    let begun = json!({ "do": "quote", "link": id(&link) });
    let begun = world.chat_does(&chat, "1", &begun).await;
    assert_eq!((&begun["minor"], &begun["items"]), (&Value::Null, &json!([])), "the way of delivery is not chosen");
    let faults = begun["faults"].as_array().expect("faults");
    let fields: Vec<(&str, bool)> =
        faults.iter().map(|one| (one[0].as_str().expect("a field"), one[2] == true)).collect();
    assert_eq!(fields, [("delivery", true), ("answers/phone", true), ("answers/taste", true)]);
    assert_eq!(faults[1][1], "Այս դաշտը պետք է լրացնել։");

    let wrong = json!({
        "do": "quote", "link": id(&link), "quantity": 9, "delivery": "moon", "customer": { "phone": "12", "name": "4111 1111 1111 1111" },
        "answers": { "phone": "call me", "taste": "nuts", "day": "tomorrow", "colour": "red" },
    });
    let wrong = world.chat_does(&chat, "2", &wrong).await;
    let faults = wrong["faults"].as_array().expect("faults");
    let mut fields: Vec<&str> = faults.iter().map(|one| one[0].as_str().expect("a field")).collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        [
            "answers/colour",
            "answers/day",
            "answers/phone",
            "answers/taste",
            "customer/name",
            "customer/phone",
            "delivery",
            "quantity",
        ]
    );
    assert!(faults.iter().all(|one| one[2] == false), "something stands everywhere: {wrong}");
    let phone = faults.iter().find(|one| one[0] == "answers/phone").expect("it is named");
    assert_eq!(phone[1], "Մուտքագրեք հեռախոսահամար, օրինակ՝ +374 91 123456։");
    assert!(!wrong.to_string().contains("4111"), "no card number is told back");

    let half = json!({ "do": "quote", "link": id(&link), "quantity": 2, "delivery": "home", "locale": "en" });
    let half = world.chat_does(&chat, "3", &half).await;
    assert_eq!(half["minor"], 1_150_000, "what the answers are is nothing to the amount: {half}");
    assert_eq!(half["items"], json!([["A cake", 2, 500_000], ["Տուն", 1, 150_000]]));
    assert_eq!(half["faults"][0][1], "This has to be filled in.");

    let press = with(chosen(&link, "k"), "answers", json!({ "phone": "call me", "taste": "honey" }));
    let refused = world.chat_does(&chat, "4", &press).await;
    assert_eq!((&refused["error"], &refused["retryable"]), (&json!("invalid"), &json!(false)));
    assert!(refused["message"].as_str().is_some_and(|text| text.starts_with("answers/phone: ")), "{refused}");
    let card = with(
        chosen(&link, "k"),
        "answers",
        json!({ "phone": "+37491123456", "taste": "honey", "day": "4111111111111111" }),
    );
    assert_eq!(world.chat_does(&chat, "5", &card).await["error"], "invalid");
    assert!(world.payments().await.is_empty() && places(world, &link).await == (0, 0), "nothing was made");
});

story!(a_press_in_a_chat_is_one_payment_however_often_it_is_made, |world| {
    let chat = chatting(world).await;
    let link = makes(world, &cake()).await;
    let press = chosen(&link, "order-1");
    let made = world.chat_does_all(&chat, "1", &[press.clone(), press.clone()]).await;
    assert_eq!((&made[0]["minor"], &made[0]["link"]), (&json!(1_150_000), &json!(id(&link))));
    assert_eq!(made[0], made[1]);
    assert_eq!(world.chat_does(&chat, "2", &press).await, made[0], "another message, the same key");
    assert_eq!(made[0]["answers"], json!([["Հեռախոս", "+37491123456"], ["Համը", "honey"]]));
    let payments = world.payments().await;
    assert_eq!((payments.len(), places(world, &link).await), (1, (1, 0)));
    let payment = &payments[0];
    let channel = payment.particulars.channel.as_ref().expect("the chat is known");
    assert_eq!((channel.plugin.as_str(), channel.conversation.as_str()), ("probing", "chat-1"));
    assert_eq!(
        (payment.particulars.locale.as_str(), payment.particulars.customer.name.as_deref()),
        ("hy", Some("Անի"))
    );
    let journal = reads(world, &format!("/v1/payments/{}/journal", payment.id)).await.body;
    let actor = format!("plugin probing by {}", id(&link));
    assert!(journal.to_string().contains(&actor), "{journal}");

    // A key of a chat says nothing at the page, and another chat's key is another press.
    let other = world.chat_does(&chat, "3", &chosen(&link, "order-2")).await;
    assert_ne!(other["id"], made[0]["id"]);
    assert_eq!((world.payments().await.len(), places(world, &link).await), (2, (2, 0)));

    assert_eq!(changes(world, &link, &json!({ "title": { "hy": "Մեծ տորթ" } })).await.status, 200);
    let stale = with(chosen(&link, "order-3"), "version", link["version"].clone());
    assert_eq!(world.chat_does(&chat, "4", &stale).await["error"], "conflict");
    assert_eq!(world.chat_does(&chat, "5", &with(chosen(&link, ""), "version", Value::Null)).await["error"], "invalid");
});

story!(the_cap_holds_in_a_chat_and_a_closed_link_says_so, |world| {
    let chat = chatting(world).await;
    let link = makes(world, &with(lesson(), "cap", json!(1))).await;
    let press = |key: &str| json!({ "do": "press", "key": key, "link": id(&link), "conversation": "chat-1" });
    let read = json!({ "do": "read_links", "ids": [id(&link)] });
    let answers = world.chat_does_all(&chat, "1", &[press("a"), press("b"), press("a"), read.clone()]).await;
    assert_eq!(
        (&answers[1]["error"], &answers[1]["retryable"]),
        (&json!("closed"), &json!(true)),
        "the last place is held"
    );
    assert_eq!((&answers[2], &answers[3][0]["state"]), (&answers[0], &json!("busy")));
    assert_eq!((world.payments().await.len(), places(world, &link).await), (1, (1, 0)));

    let made = reads(world, &format!("/v1/payments/{}", id(&answers[0]))).await.body;
    world.pays(&link_of(&made)).await;
    world.settles().await;
    let answers = world.chat_does_all(&chat, "2", &[press("b"), read.clone()]).await;
    assert_eq!((&answers[0]["error"], &answers[0]["retryable"]), (&json!("closed"), &json!(false)));
    assert_eq!((&answers[1][0]["state"], places(world, &link).await), (&json!("used_up"), (0, 1)));

    for (change, state) in [
        (json!({ "cap": 9, "active": false, "off_reason": { "hy": "Վաճառված է" } }), "off"),
        (json!({ "active": true, "valid_from": "2030-01-01T00:00:00Z" }), "not_yet"),
        (json!({ "valid_from": null, "valid_until": "2020-01-01T00:00:00Z" }), "over"),
    ] {
        let changed = changes(world, &link, &change).await;
        assert_eq!(changed.status, 200, "{}", changed.body);
        let answers = world.chat_does_all(&chat, state, &[read.clone(), press("c")]).await;
        assert_eq!((&answers[0][0]["state"], &answers[1]["error"]), (&json!(state), &json!("closed")));
    }
    assert_eq!(world.payments().await.len(), 1);
});

story!(a_customer_in_a_chat_opens_an_expired_payment_again_by_the_pages_rules, |world| {
    let chat = chatting(world).await;
    let mut body = order("A-1", "500");
    body["expires_in"] = json!(3600);
    let made = world.creates(&body).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let renew = json!({ "do": "renew_payment", "key": id(&made.body) });
    let open = world.chat_does(&chat, "1", &renew).await;
    assert_eq!(open["status"], "created", "it is open as it is");
    for time in ["2", "3", "4"] {
        world.clock.pass(hours(2));
        world.settles().await;
        assert_eq!(world.payment().await.status.word(), "expired");
        assert_eq!(world.chat_does(&chat, time, &renew).await["status"], "created");
    }
    world.clock.pass(hours(2));
    world.settles().await;
    let refused = world.chat_does(&chat, "5", &renew).await;
    assert_eq!((&refused["error"], &refused["retryable"]), (&json!("conflict"), &json!(false)), "{refused}");
    assert_eq!(refused["message"], "it was opened again as often as the merchant allows");
    let unknown = json!({ "do": "renew_payment", "key": "pay_none" });
    assert_eq!(world.chat_does(&chat, "6", &unknown).await["error"], "not-found");
    let journal = reads(world, &format!("/v1/payments/{}/journal", id(&made.body))).await.body.to_string();
    assert!(journal.matches("\"payer\"").count() >= 3, "it is the payer who asked: {journal}");
});
