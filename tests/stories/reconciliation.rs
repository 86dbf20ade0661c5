//! C9: a bank's report held against what we know. Each line that differs is one exception, however often it is handed in, and a report
//! makes nothing paid.

use kamurj_domain::Clock;
use kamurj_domain::time;
use kamurj_sandbox::bank::{Refund, RefundLookup, Webhooks};
use kamurj_server::milestones::Milestone;
use kamurj_store::movements::{self, Kept};
use kamurj_tests::acts::{exceptions, gives_back, later, one_of, open_kinds, paid_order, refunds, status, takes};
use kamurj_tests::clock::{hours, minutes};
use kamurj_tests::integrator::Answer;
use kamurj_tests::links::{posts, reads};
use kamurj_tests::{World, story};
use reqwest::Method;
use serde_json::{Value, json};

const DAY: i64 = 24 * 60 * 60 * 1000;
const PREVIEW: &str = "/v1/reconciliations/preview?provider=vpos&file_name=Նոյեմբեր.csv";

/// The movement of this payment's money in.
async fn moved(world: &World, payment: &str) -> Kept {
    let mut tx = world.app().db.read().await.expect("a reader");
    movements::of_payment(&mut tx, payment).await.expect("movements").remove(0)
}

/// `24.11.2026 12:00:00` in Yerevan.
fn dots(at: i64) -> String {
    let text = time::rfc3339(at + hours(4));
    format!("{}.{}.{} {}", &text[8..10], &text[5..7], &text[..4], &text[11..19])
}

/// A line as a bank writes it.
fn line(reference: &str, number: &str, kind: &str, drams: i64, at: i64) -> String {
    let amount = format!("{} {:03},00", drams / 1000, drams % 1000);
    let amount = if drams < 1000 { format!("{drams},00") } else { amount };
    format!("{reference};{number};{kind};{amount};AMD;{}\n", dots(at))
}

/// The line of a movement, as far as the bank says the same.
fn same(kept: &Kept, drams: i64) -> String {
    let reference = kept.movement.reference.as_deref().unwrap_or_default();
    line(reference, kept.attempt_number.as_deref().expect("a number"), "Վճարում", drams, kept.movement.at)
}

/// A statement with its titles and its sum.
fn statement(lines: &[String]) -> String {
    let head = "«Ծաղիկ» ՍՊԸ\nՔաղվածք 01.11.2026 – 30.11.2026\n\n";
    let names = "RRN;Պատվերի համար;Գործարքի տեսակ;Գումար;Արժույթ;Ամսաթիվ\n";
    format!("{head}{names}{}Ընդամենը;;;99 999,00;;\n", lines.concat())
}

fn mapping() -> Value {
    json!({
        "header_row": 4, "reference": "RRN", "order_number": "Պատվերի համար", "amount": "Գումար",
        "currency": { "column": "Արժույթ" }, "fee": null, "time": "Ամսաթիվ", "time_format": "dd.mm.yyyy", "decimal": "comma",
        "kind": { "column": "Գործարքի տեսակ", "refund": ["Վերադարձ"], "reversal": ["Չեղարկում"], "chargeback": ["Բողոքարկում"] },
    })
}

async fn previews(world: &World, key: &str, text: &str) -> Answer {
    Answer::to(world.asks(key, Method::POST, PREVIEW).body(text.to_owned())).await
}

async fn hands_in(world: &World, text: &str, mapping: &Value) -> Answer {
    let preview = previews(world, &world.api_key, text).await;
    assert_eq!(preview.status, 200, "{}", preview.body);
    let body = json!({
        "upload": preview.body["upload"], "provider": "vpos", "account": null, "from": later(world, -5 * DAY),
        "to": later(world, 5 * DAY), "file_name": "Նոյեմբեր.csv", "mapping": mapping,
    });
    posts(world, "/v1/reconciliations", &body).await
}

/// Hands it in and lets it be worked on; answers the report.
async fn compares(world: &mut World, lines: &[String]) -> Value {
    let answer = hands_in(world, &statement(lines), &mapping()).await;
    assert!([200, 202].contains(&answer.status), "{}", answer.body);
    world.settles().await;
    let report = reads(world, &format!("/v1/reconciliations/{}", text(&answer.body["id"]))).await.body;
    assert_eq!(report["state"], "done", "{report}");
    report
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn counts(report: &Value) -> [i64; 4] {
    ["matched", "differing", "ours_only", "theirs_only"].map(|name| report[name].as_i64().expect("a number"))
}

async fn listed(world: &World, report: &Value, list: &str) -> Vec<Value> {
    let name = list.split('?').next().expect("a name");
    let path = format!("/v1/reconciliations/{}/{list}", text(&report["id"]));
    reads(world, &path).await.body[name].as_array().expect("a list").clone()
}

async fn differences(world: &World, query: &str) -> Vec<Value> {
    exceptions(world, &format!("kind=report_difference&{query}")).await
}

/// Three sales of which the bank has one, another at another price, none of the third, and one that nobody knows.
async fn a_day(world: &mut World) -> ([String; 3], Vec<String>) {
    let mut sales = Vec::new();
    for (order, price) in [("A-1", "12500"), ("A-2", "7000"), ("A-3", "500")] {
        sales.push(paid_order(world, order, price).await);
    }
    let [first, second] = [moved(world, &sales[0]).await, moved(world, &sales[1]).await];
    let extra = line("999000111", "777777", "Վճարում", 3_300, first.movement.at);
    let lines = vec![same(&first, 12_500), same(&second, 6_900), extra];
    (sales.try_into().expect("three"), lines)
}

story!(c9_a_missing_an_extra_and_a_differing_line_are_three_exceptions_each_with_its_way_out, |world| {
    let ([_, second, third], lines) = a_day(world).await;
    let preview = previews(world, &world.api_key, &statement(&lines)).await;
    assert_eq!((&preview.body["header_row"], &preview.body["remembered"]), (&json!(4), &json!(false)));
    assert_eq!(preview.body["columns"][3], "Գումար");
    assert_eq!(preview.body["problems"], json!([]), "{}", preview.body);

    let report = compares(world, &lines).await;
    assert_eq!(counts(&report), [1, 1, 1, 1], "{report}");
    assert_eq!(report["skipped"], 1);
    assert_eq!(report["totals"]["theirs"]["value"], "22700");
    assert_eq!(report["totals"]["ours"]["value"], "20000");
    let open = differences(world, "").await;
    assert_eq!(open.len(), 3, "{open:?}");
    for id in [&second, &third] {
        assert_eq!(status(world, id).await, "paid", "a report changes no status");
    }
    let differing = listed(world, &report, "lines?verdict=differing").await;
    let (found, ours) = (&differing[0], &differing[0]["ours"]["value"]);
    assert_eq!((&found["differs"], &found["order_id"], ours), (&json!("amount"), &json!("A-2"), &json!("7000")));
    let extra = listed(world, &report, "lines?verdict=theirs_only").await;
    let missing = listed(world, &report, "absences").await;
    assert_eq!((&extra[0]["payment"], &missing[0]["order_id"]), (&Value::Null, &json!("A-3")));
    let shown: std::collections::BTreeSet<&str> =
        [&differing[0], &extra[0], &missing[0]].map(|one| text(&one["exception"])).into();
    assert_eq!(shown, open.iter().map(|one| text(&one["id"])).collect());
    assert_eq!(listed(world, &report, "lines").await.len(), 3);

    let of = |line: &Value| open.iter().find(|one| one["id"] == line["exception"]).expect("shown").clone();
    assert_eq!(of(&extra[0])["proposed_actions"], json!(["dismiss"]), "no payment is known to ask about");
    for (exception, way) in
        [(of(&differing[0]), "rule_paid"), (of(&missing[0]), "rule_paid"), (of(&extra[0]), "dismiss")]
    {
        let closed = takes(world, &exception, way).await;
        assert!(closed.body["resolved_at"].is_string(), "{way}: {}", closed.body);
    }
    assert!(differences(world, "").await.is_empty());

    // The very same file, and another that says the same: nothing is told again.
    let again = hands_in(world, &statement(&lines), &mapping()).await;
    assert_eq!((again.status, &again.body["id"]), (200, &report["id"]));
    let mut longer = lines.clone();
    longer.push(line("999000112", "777778", "Վճարում", 1, moved(world, &third).await.movement.at));
    let other = compares(world, &longer).await;
    assert_ne!(other["id"], report["id"]);
    assert_eq!(differences(world, "").await.len(), 1, "the new line alone");
    assert_eq!(differences(world, "state=all").await.len(), 4);
    let preview = previews(world, &world.api_key, &statement(&longer)).await;
    assert_eq!(
        (&preview.body["remembered"], &preview.body["mapping"]["kind"]["refund"]),
        (&json!(true), &json!(["Վերադարձ"]))
    );
});

story!(c9_a_later_report_that_has_the_line_closes_what_was_missing_and_days_agree, |world| {
    let first = paid_order(world, "A-1", "12500").await;
    let second = paid_order(world, "A-2", "7000").await;
    let [first, second] = [moved(world, &first).await, moved(world, &second).await];
    let lines = [same(&first, 12_500), same(&second, 7_000)];
    let days = |days: Value| days["days"].as_array().expect("days").clone();
    assert_eq!(days(reads(world, "/v1/reconciliations/daily").await.body)[0]["verdict"], "no_report");
    compares(world, &lines[..1]).await;
    assert_eq!(differences(world, "").await.len(), 1);
    let day = days(reads(world, "/v1/reconciliations/daily").await.body).remove(0);
    assert_eq!(
        (&day["verdict"], &day["ours"]["count"], &day["bank"]["count"]),
        (&json!("differs"), &json!(2), &json!(1))
    );
    let report = compares(world, &lines).await;
    assert_eq!(counts(&report), [2, 0, 0, 0]);
    assert!(differences(world, "").await.is_empty());
    assert_eq!(differences(world, "state=all").await[0]["resolved_by"], "facts");
    let day = days(reads(world, "/v1/reconciliations/daily").await.body).remove(0);
    assert_eq!((&day["verdict"], &day["bank"]["amount"]["value"]), (&json!("agrees"), &json!("19500")));
    // An older part, handed in late, opens nothing that is known to be elsewhere.
    compares(world, &lines[1..]).await;
    assert!(differences(world, "").await.is_empty());
});

story!(c9_a_reversal_line_sends_a_paid_payment_to_a_person, |world| {
    let payment = paid_order(world, "A-1", "12500").await;
    let kept = moved(world, &payment).await;
    let (reference, number) = (kept.movement.reference.clone().unwrap_or_default(), kept.attempt_number.clone());
    let taken = line(&reference, &number.expect("a number"), "Չեղարկում", 12_500, kept.movement.at + minutes(9));
    let report = compares(world, &[same(&kept, 12_500), taken]).await;
    assert_eq!(status(world, &payment).await, "manual_review");
    let exception = one_of("reversed", &exceptions(world, "").await);
    let lines = listed(world, &report, "lines").await;
    assert_eq!(lines[1]["exception"], exception["id"], "{lines:?}");
    assert!(differences(world, "").await.is_empty());
});

story!(c9_a_refund_line_confirms_a_refund_in_doubt, |world| {
    world.sandbox.bank.change_faults(|faults| faults.refund_lookup = RefundLookup::Fail);
    let payment = paid_order(world, "A-1", "12500").await;
    world.sandbox.bank.change_faults(|faults| {
        faults.refund = Refund::DropReply;
        faults.webhooks = Webhooks::Drop;
    });
    gives_back(world, &payment, Some("5000")).await;
    world.passes(minutes(40)).await;
    assert_eq!(refunds(world, &payment).await, [("5000".to_owned(), "in_doubt".to_owned())]);
    let kept = moved(world, &payment).await;
    let (reference, number) = (kept.movement.reference.clone().unwrap_or_default(), kept.attempt_number.clone());
    let back = line(&reference, &number.expect("a number"), "Վերադարձ", 5_000, kept.movement.at + minutes(9));
    let report = compares(world, &[same(&kept, 12_500), back]).await;
    assert_eq!(counts(&report), [2, 0, 0, 0], "{report}");
    assert_eq!(refunds(world, &payment).await, [("5000".to_owned(), "done".to_owned())]);
    assert!(open_kinds(world, &payment).await.is_empty());
});

story!(e1_a_server_that_dies_in_the_middle_of_a_report_goes_on_and_tells_nothing_twice, |world| {
    let (_, lines) = a_day(world).await;
    for (nth, extra) in (1..=7).zip(1_i64..) {
        let mut lines = lines.clone();
        // Another file each time, and the same differences but for one line.
        lines.push(line(&format!("99900{extra}"), "777777", "Վճարում", 3_300 + extra, world.clock.now()));
        let answer = hands_in(world, &statement(&lines), &mapping()).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        world.dies_at(Milestone::BeforeCommit, nth).await;
        world.settles().await;
        let report = reads(world, &format!("/v1/reconciliations/{}", text(&answer.body["id"]))).await.body;
        assert_eq!((&report["state"], counts(&report)), (&json!("done"), [1, 1, 1, 2]), "{nth}: {report}");
        assert_eq!(listed(world, &report, "lines").await.len(), 4, "{nth}");
        let open = differences(world, "").await;
        assert_eq!(open.len(), 3 + usize::try_from(extra).expect("small"), "{nth}: {open:?}");
    }
});

story!(c9_what_does_not_fit_is_told_by_its_pointer_and_changes_nothing, |world| {
    let (_, lines) = a_day(world).await;
    let file = statement(&lines);
    for (pointer, value) in [
        ("/mapping/amount", json!("Sum")),
        ("/mapping/decimal", json!("point")),
        ("/mapping/time_format", json!("yyyy-mm-dd")),
        ("/mapping/currency/fixed", json!("XYZ")),
    ] {
        let mut wrong = mapping();
        match pointer {
            "/mapping/currency/fixed" => wrong["currency"] = json!({ "fixed": value }),
            _ => wrong[pointer.trim_start_matches("/mapping/")] = value,
        }
        let answer = hands_in(world, &file, &wrong).await;
        answer.is_problem(422, "invalid");
        assert!(answer.pointers().contains(&pointer), "{pointer}: {}", answer.body);
    }
    let broken = file.replace("3 300,00", "3 3OO,00");
    let answer = hands_in(world, &broken, &mapping()).await;
    assert_eq!(answer.pointers(), ["/mapping/amount"], "{}", answer.body);
    assert!(answer.body["errors"][0]["detail"].as_str().expect("a detail").starts_with("row 7: "), "{}", answer.body);
    for (path, body, pointer) in [
        ("/v1/reconciliations/preview?provider=nobody", "x", "/provider"),
        ("/v1/reconciliations/preview?provider=vpos", "%PDF-1.4", "/file"),
        ("/v1/reconciliations/preview?provider=vpos", "", "/file"),
    ] {
        let answer = Answer::to(world.asks(&world.api_key, Method::POST, path).body(body)).await;
        assert_eq!(answer.is_problem(422, "invalid").pointers(), [pointer]);
    }
    assert_eq!(reads(world, "/v1/reconciliations").await.body["reports"], json!([]));
    // A file that nobody came back for is gone after an hour.
    let preview = previews(world, &world.api_key, &file).await;
    world.passes(hours(2)).await;
    let body = json!({
        "upload": preview.body["upload"], "provider": "vpos", "from": later(world, -DAY), "to": later(world, DAY),
        "mapping": mapping(),
    });
    assert_eq!(posts(world, "/v1/reconciliations", &body).await.is_problem(422, "invalid").pointers(), ["/upload"]);
});

story!(h1_another_merchant_sees_no_report_and_is_given_none, |world| {
    let (_, lines) = a_day(world).await;
    let report = compares(world, &lines).await;
    let neighbour = world.flower_shop().await;
    let id = text(&report["id"]);
    for path in ["", "/lines", "/absences"] {
        let path = format!("/v1/reconciliations/{id}{path}");
        Answer::to(world.asks(&neighbour.api_key, Method::GET, &path)).await.is_problem(404, "not-found");
    }
    for (path, list) in [("", "reports"), ("/daily", "days")] {
        let path = format!("/v1/reconciliations{path}");
        let answer = Answer::to(world.asks(&neighbour.api_key, Method::GET, &path)).await;
        assert_eq!(answer.body[list], json!([]), "{}", answer.body);
    }
    let preview = previews(world, &world.api_key, &statement(&lines)).await;
    let body = json!({
        "upload": preview.body["upload"], "provider": "vpos", "from": later(world, -DAY), "to": later(world, DAY),
        "mapping": mapping(),
    });
    let theirs = Answer::to(world.asks(&neighbour.api_key, Method::POST, "/v1/reconciliations").json(&body)).await;
    assert_eq!(theirs.is_problem(422, "invalid").pointers(), ["/upload"]);
    let range = format!("from={}&to={}", later(world, -DAY), later(world, DAY));
    let path = format!("/v1/exports/movements.csv?language=en&{range}");
    let table = Answer::to(world.asks(&neighbour.api_key, Method::GET, &path)).await;
    assert_eq!(text(&table.body).lines().count(), 1, "headings alone: {}", table.body);
});
