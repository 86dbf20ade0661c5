//! What the API says in English is told in the language of the page.

mod sampled;

use kamurj_console::{Console, Refusal, areas};
use kamurj_domain::format::Language;
use std::collections::BTreeMap;

fn page(template: &str, language: Language, change: impl FnOnce(&mut kamurj_console::Frame)) -> String {
    let page = areas().iter().flat_map(|area| area.pages).find(|page| page.template == template).unwrap();
    let mut frame = sampled::frame(page, language);
    change(&mut frame);
    Console::new().unwrap().render(template, &frame).unwrap()
}

fn refused(language: Language) -> String {
    page("payment_new.html", language, |frame| {
        frame.refusal = Some(Refusal {
            detail: "Mend the fields listed in `errors` and send it again.".to_owned(),
            faults: BTreeMap::from([("order_id".to_owned(), "must have at most 64 characters".to_owned())]),
            others: vec![
                "/items: must add up to the amount".to_owned(),
                "Gateway says <b>\"no\"</b> & hangs up".to_owned(),
            ],
        });
    })
}

#[test]
fn a_refusal_is_armenian_on_an_armenian_page() {
    let html = refused(Language::Hy);
    assert!(html.contains("<p>Ուղղեք նշված դաշտերը և ուղարկեք կրկին։</p>"), "{html}");
    assert!(html.contains("id=\"order_id-fault\">Պետք է լինի առավելագույնը 64 նիշ։</p>"), "{html}");
    assert!(html.contains("<p>&#x2f;items: Տողերի գումարը պետք է հավասար լինի վճարման գումարին։</p>"), "{html}");
    assert!(!html.contains("Mend the fields") && !html.contains("must have"), "{html}");
}

#[test]
fn what_has_no_translation_is_escaped_and_said_to_be_english() {
    let told = "Gateway says &lt;b&gt;&quot;no&quot;&lt;&#x2f;b&gt; &amp; hangs up";
    assert!(refused(Language::Hy).contains(&format!("<p><span lang=\"en\">{told}</span></p>")));
    assert!(refused(Language::En).contains(&format!("<p>{told}</p>")));
}

#[test]
fn why_a_payment_is_in_its_state_is_told_in_one_sentence_of_the_language() {
    for (language, sentence) in [
        (
            Language::Hy,
            "<p>Վճարումն այս վիճակում է՝ «մասամբ վերադարձված», քանի որ գումարի մի մասը վերադարձվել է. որոշիչ փաստը՝ բանկը \
             հաստատեց վերադարձը (հարցում բանկին, Ամերիաբանկ, 18 նոյեմբերի, 16:51). հաջորդը՝ 24 նոյեմբերի, 16:20, բանկին կհարցնենք \
             ref_2 վերադարձի մասին։</p>",
        ),
        (
            Language::Ru,
            "<p>Статус платежа — «частично возвращён», потому что часть денег возвращена; решающий факт: банк подтвердил возврат \
             (запрос в банк, Америабанк, 18 ноября, 16:51); дальше, 24 ноября, 16:20: спросим банк о возврате ref_2.</p>",
        ),
        (
            Language::En,
            "<p>The payment is partly refunded because part of the money went back, decided by this: the bank confirmed the refund \
             (look-up from Ameriabank, 18 November, 16:51); next, 24 November, 16:20, the provider is asked about refund ref_2.</p>",
        ),
    ] {
        let html = page("payment.html", language, |_| {}).replace('\u{a0}', " ");
        assert!(html.contains(sentence), "{html}");
    }
}

#[test]
fn what_a_person_wrote_stays_as_it_is() {
    let html = page("payment.html", Language::Ru, |frame| {
        frame.data["given_back"]["refunds"][0]["reason"] = "returned by post".into();
        frame.data["given_back"]["refunds"][1]["reason"] = "paid after its time: the policy sends it back".into();
    });
    assert!(html.contains(">returned by post</td>"), "{html}");
    assert!(html.contains(">Оплачено после срока: по вашей настройке деньги возвращаются.</td>"), "{html}");
}
