//! Sales that do not go smoothly: declined and retried, webhooks repeated, late or lost, a bank that hangs, a CRM that
//! refuses, answers that get lost on the way.

use kamurj_sandbox::bank::{Lookup, Start, Webhooks};
use kamurj_tests::clock::{hours, minutes, seconds};
use kamurj_tests::customer::CUSTOMER;
use kamurj_tests::story;
use serde_json::json;

story!(b3_a_declined_payment_is_retried_on_the_same_link, |world| {
    let link = world.customer_picks_the_cake().await;
    let bank = world.goes_to_the_bank(&link).await;
    let back = world.does_at_the_bank(&bank, "decline").await;
    let page = world.comes_back(&back).await;
    assert_eq!(page.heading(), "Վճարումը չի կատարվել");
    assert!(page.form().is_some(), "one can try again");
    world.settles().await;
    assert_eq!(world.payment().await.status.word(), "failed");

    let receipt = world.pays(&link).await;
    assert_eq!(receipt.heading(), "Վճարումը կատարված է");
    world.settles().await;
    let ending = world.ending().await;
    assert_eq!((ending.status, ending.announced_paid, ending.bank_took), ("paid", 1, 1));
    assert_eq!(ending.deals, [("EXECUTING".to_owned(), 1)]);
    let journal = world.journal(&world.payment().await.id).await;
    for kind in ["fact.declined", "payment.failed", "fact.approved", "payment.paid"] {
        assert!(journal.iter().any(|entry| entry == kind), "{kind} is in {journal:?}");
    }
});

story!(a1_a_repeated_webhook_pays_once, |world| {
    world.sandbox.bank.change_faults(|faults| faults.duplicate = 5);
    let link = world.customer_picks_the_cake().await;
    world.pays(&link).await;
    world.settles().await;
    let ending = world.ending().await;
    assert_eq!((ending.status, ending.announced_paid), ("paid", 1));
    assert_eq!(ending.deals, [("EXECUTING".to_owned(), 1)]);
    assert_eq!(ending.paid_messages, 1);
    let received = world.inbox(&world.account).await;
    assert_eq!(received.len(), 1, "one message, however often it came");
    assert_eq!(received[0].seen, 6);
});

story!(a5_a_webhook_before_the_return_is_enough, |world| {
    let link = world.customer_picks_the_cake().await;
    let bank = world.goes_to_the_bank(&link).await;
    let back = world.does_at_the_bank(&bank, "pay").await;
    world.settles().await;
    assert_eq!(world.payment().await.status.word(), "paid");
    assert_eq!(world.comes_back(&back).await.heading(), "Վճարումը կատարված է");
});

story!(a7_a_late_webhook_finds_the_payment_paid_by_look_up, |world| {
    world.sandbox.bank.change_faults(|faults| faults.webhooks = Webhooks::Hold);
    let link = world.customer_picks_the_cake().await;
    let receipt = world.pays(&link).await;
    assert_eq!(receipt.heading(), "Վճարումը կատարված է");
    world.passes(hours(25)).await;
    world.sandbox.bank.change_faults(|faults| faults.webhooks = Webhooks::Send);
    world.passes(minutes(5)).await;
    let ending = world.ending().await;
    assert_eq!((ending.status, ending.announced_paid), ("paid", 1));
    assert_eq!(ending.deals, [("EXECUTING".to_owned(), 1)]);
    assert!(ending.exceptions.is_empty(), "{:?}", ending.exceptions);
});

story!(c3_a_customer_who_never_comes_back_and_a_webhook_that_never_comes, |world| {
    world.sandbox.bank.change_faults(|faults| faults.webhooks = Webhooks::Drop);
    let link = world.customer_picks_the_cake().await;
    let bank = world.goes_to_the_bank(&link).await;
    world.does_at_the_bank(&bank, "pay").await;
    world.passes(seconds(60)).await;
    assert_eq!(world.payment().await.status.word(), "paid", "a minute is enough");
});

story!(a_browser_return_alone_pays_nothing, |world| {
    world.sandbox.bank.change_faults(|faults| faults.lookup = Lookup::Fail);
    let link = world.customer_picks_the_cake().await;
    let bank = world.goes_to_the_bank(&link).await;
    let back = world.does_at_the_bank(&bank, "close").await;
    let forged = format!("{back}&status=paid&paid=1");
    let page = world.comes_back(&forged).await;
    assert_eq!(page.heading(), "Ստուգում ենք վճարումը");
    assert!(page.form().is_none(), "nobody is asked to pay while the answer is not known");
    world.settles().await;
    assert_eq!(world.payment().await.status.word(), "pending");
});

story!(c4_look_ups_that_fail_for_hours_do_not_lose_the_payment, |world| {
    world.sandbox.bank.change_faults(|faults| {
        faults.webhooks = Webhooks::Drop;
        faults.lookup = Lookup::Fail;
    });
    let link = world.customer_picks_the_cake().await;
    let page = world.pays(&link).await;
    assert_eq!(page.heading(), "Ստուգում ենք վճարումը");
    world.passes(hours(6)).await;
    let asked = world.sandbox.bank.view().lookups;
    assert!(asked < 200, "{asked} look-ups in six hours is a hot loop");
    world.sandbox.bank.change_faults(|faults| faults.lookup = Lookup::Ok);
    world.passes(hours(2)).await;
    let ending = world.ending().await;
    assert_eq!((ending.status, ending.announced_paid), ("paid", 1));
});

story!(an_answer_that_never_comes_ends_in_review_and_a_later_one_settles_it, |world| {
    world.sandbox.bank.change_faults(|faults| {
        faults.webhooks = Webhooks::Hold;
        faults.lookup = Lookup::Fail;
    });
    let link = world.customer_picks_the_cake().await;
    world.pays(&link).await;
    world.passes(hours(27)).await;
    let ending = world.ending().await;
    assert_eq!((ending.status, ending.exceptions.as_slice()), ("manual_review", &["indeterminate".to_owned()][..]));
    world.sandbox.bank.change_faults(|faults| {
        faults.webhooks = Webhooks::Send;
        faults.lookup = Lookup::Ok;
    });
    world.passes(minutes(10)).await;
    assert_eq!(world.ending().await.status, "paid");
});

story!(c1_a_session_whose_answer_was_lost_is_found_again, |world| {
    world.sandbox.bank.change_faults(|faults| faults.start = Start::DropReply);
    let link = world.customer_picks_the_cake().await;
    let page = world.opens(&link).await;
    let (action, key) = page.form().expect("a form");
    let sent = world.submits(&action, &[("form_key", &key)]).await.expect("an answer");
    assert!(sent.location.expect("a place to go").starts_with("/p/"), "there is no bank page to go to yet");
    world.sandbox.bank.change_faults(|faults| faults.start = Start::Ok);

    let receipt = world.pays(&link).await;
    assert_eq!(receipt.heading(), "Վճարումը կատարված է");
    world.settles().await;
    assert_eq!(world.sandbox.bank.view().sessions.len(), 1, "the same session, under the same number");
    assert_eq!(world.ending().await.bank_took, 1);
});

story!(c2_a_session_that_never_was_is_given_up_and_tried_anew, |world| {
    world.sandbox.bank.change_faults(|faults| faults.start = Start::DropRequest);
    let link = world.customer_picks_the_cake().await;
    let page = world.opens(&link).await;
    let (action, key) = page.form().expect("a form");
    world.submits(&action, &[("form_key", &key)]).await.expect("an answer");
    world.passes(minutes(5)).await;
    assert_eq!(world.payment().await.status.word(), "failed");
    world.sandbox.bank.change_faults(|faults| faults.start = Start::Ok);
    let receipt = world.pays(&link).await;
    assert_eq!(receipt.heading(), "Վճարումը կատարված է");
    world.settles().await;
    assert_eq!(world.ending().await.captured_and_surplus, (1_250_000, 0));
});

story!(f1_a_crm_that_refuses_three_times_gets_the_update_once, |world| {
    let link = world.customer_picks_the_cake().await;
    world.sandbox.bitrix24.change_faults(|faults| faults.limit_next = 3);
    world.pays(&link).await;
    world.settles().await;
    let before = world.ending().await;
    assert_eq!(before.status, "paid", "the payment does not wait for the CRM");
    assert!(before.undone > 0);
    world.passes(minutes(5)).await;
    let ending = world.ending().await;
    assert_eq!(ending.deals, [("EXECUTING".to_owned(), 1)]);
    assert_eq!((ending.undone, ending.exceptions.len()), (0, 0));
});

story!(f2_answers_that_the_crm_swallows_make_no_second_deal_or_comment, |world| {
    world.sandbox.bitrix24.change_faults(|faults| faults.drop_reply_next = 1);
    let link = world.customer_picks_the_cake().await;
    world.passes(minutes(5)).await;
    assert_eq!(world.sandbox.bitrix24.view().deals.len(), 1);
    world.pays(&link).await;
    for _ in 0..4 {
        world.sandbox.bitrix24.change_faults(|faults| faults.drop_reply_next = 1);
        world.passes(seconds(20)).await;
    }
    world.passes(minutes(10)).await;
    let ending = world.ending().await;
    assert_eq!(ending.deals, [("EXECUTING".to_owned(), 1)]);
    assert_eq!((ending.undone, ending.exceptions.len()), (0, 0));
});

story!(f6_a_crm_that_is_down_for_a_day_delays_nothing_but_itself, |world| {
    let link = world.customer_picks_the_cake().await;
    world.sandbox.bitrix24.change_faults(|faults| faults.fail_next = u32::MAX);
    let receipt = world.pays(&link).await;
    assert_eq!(receipt.heading(), "Վճարումը կատարված է");
    world.passes(hours(24)).await;
    assert_eq!(world.ending().await.paid_messages, 1, "the chat was told at once");
    world.sandbox.bitrix24.change_faults(|faults| faults.fail_next = 0);
    world.passes(hours(2)).await;
    let ending = world.ending().await;
    assert_eq!(ending.deals, [("EXECUTING".to_owned(), 1)]);
    assert_eq!((ending.undone, ending.exceptions.len()), (0, 0));
});

story!(f7_a_customer_who_blocked_the_bot_is_one_exception_and_nothing_else, |world| {
    let link = world.customer_picks_the_cake().await;
    world.sandbox.telegram.block(CUSTOMER, true).expect("the chat is there");
    world.settles().await;
    let receipt = world.pays(&link).await;
    assert_eq!(receipt.heading(), "Վճարումը կատարված է");
    world.passes(minutes(5)).await;
    let ending = world.ending().await;
    assert_eq!((ending.status, ending.deals.as_slice()), ("paid", &[("EXECUTING".to_owned(), 1)][..]));
    assert_eq!(ending.exceptions, ["delivery_failed"]);
});

story!(a_link_whose_answer_was_lost_may_come_twice_but_is_one_payment, |world| {
    world.customer_says("/start").await;
    world.sandbox.telegram.change_faults(|faults| faults.drop_reply_next = 2);
    world.customer_presses("item:cake").await;
    world.passes(minutes(3)).await;
    let links: Vec<String> =
        world.chat(CUSTOMER).into_iter().flat_map(|message| message.buttons).filter_map(|button| button.url).collect();
    assert!((1..=2).contains(&links.len()), "{} links", links.len());
    assert!(links.iter().all(|link| *link == links[0]), "all of them lead to the same page");
    assert_eq!(world.payments().await.len(), 1);
});

story!(a4_a_payment_made_in_time_is_paid_however_late_its_message_is, |world| {
    let (status, body) = world
        .api(
            reqwest::Method::POST,
            "/v1/payments",
            Some(json!({ "order_id": "A-1", "amount": { "value": "5000", "currency": "AMD" }, "expires_in": 600 })),
        )
        .await;
    assert_eq!(status, 201, "{body}");
    let link = body["checkout_url"].as_str().expect("a link").to_owned();
    world.sandbox.bank.change_faults(|faults| {
        faults.webhooks = Webhooks::Hold;
        faults.lookup = Lookup::Fail;
    });
    let bank = world.goes_to_the_bank(&link).await;
    world.does_at_the_bank(&bank, "pay").await;
    world.passes(hours(2)).await;
    assert_eq!(world.payment().await.status.word(), "pending", "an attempt whose end is not known does not expire");
    world.sandbox.bank.change_faults(|faults| faults.webhooks = Webhooks::Send);
    world.passes(minutes(1)).await;
    assert_eq!(world.payment().await.status.word(), "paid");
});

story!(a4_a_payment_made_after_expiry_is_for_a_person_to_decide, |world| {
    let (_, body) = world
        .api(
            reqwest::Method::POST,
            "/v1/payments",
            Some(json!({ "order_id": "A-2", "amount": { "value": "5000", "currency": "AMD" }, "expires_in": 600 })),
        )
        .await;
    let link = body["checkout_url"].as_str().expect("a link").to_owned();
    let bank = world.goes_to_the_bank(&link).await;
    world.passes(minutes(12)).await;
    world.does_at_the_bank(&bank, "pay").await;
    world.passes(minutes(1)).await;
    let ending = world.ending().await;
    assert_eq!(ending.status, "manual_review");
    assert_eq!(ending.exceptions, ["late_payment"]);
    assert_eq!(ending.announced_paid, 0);
});

story!(an_unpaid_payment_expires_and_says_so_everywhere, |world| {
    let link = world.customer_picks_the_cake().await;
    world.passes(hours(73)).await;
    assert_eq!(world.payment().await.status.word(), "expired");
    let page = world.opens(&link).await;
    assert_eq!(page.heading(), "Հղման ժամկետն ավարտվել է");
    assert!(page.form().is_none());
    assert_eq!(world.ending().await.deals, [("LOSE".to_owned(), 0)]);
    let sent =
        world.chat(CUSTOMER).into_iter().rfind(|message| message.by_bot && message.edited).expect("an edited message");
    assert!(sent.buttons.iter().all(|button| button.url.is_none()), "the button that leads to the page is gone");
    assert_eq!(sent.buttons[0].text, "Նոր հղում");
});

story!(a_bank_that_contradicts_itself_is_asked_on_while_a_person_looks, |world| {
    let link = world.customer_picks_the_cake().await;
    let bank = world.goes_to_the_bank(&link).await;
    let back = world.does_at_the_bank(&bank, "decline").await;
    world.comes_back(&back).await;
    world.passes(minutes(1)).await;
    let tidings = world.tidings(&world.session(), "paid");
    assert_eq!(world.posts(&world.notice("msg_other", &tidings)).await.status, 200);
    world.settles().await;
    let ending = world.ending().await;
    assert_eq!((ending.status, ending.exceptions.as_slice()), ("manual_review", &["contradiction".to_owned()][..]));
    assert_eq!(ending.captured_and_surplus, (0, 0), "no money counts that the bank also denies");
    let asked = world.sandbox.bank.view().lookups;
    world.passes(minutes(5)).await;
    assert!(world.sandbox.bank.view().lookups >= asked + 5, "only a newer answer can settle it");
    assert_eq!(world.ending().await.status, "manual_review", "the same answer again settles nothing");
});
