//! Whatever the product says to people in English has its translations in the console's catalogue of sentences, and the catalogue has
//! nothing that is said nowhere.

mod spoken;

use kamurj_console::sentences;
use spoken::{Said, Spoken, all, of};
use std::collections::BTreeSet;

/// What hands sentences to people.
const HANDED: &[&str] = &[
    "host/access/src/password.rs",
    "host/domain/src/link/wrong.rs",
    "host/domain/src/money.rs",
    "host/images/src/upload.rs",
    "host/plugins/src/failure.rs",
    "host/plugins/src/load.rs",
    "host/providers/src",
    "host/reports/src",
    "host/server/src/access",
    "host/server/src/accounts.rs",
    "host/server/src/api",
    "host/server/src/branding",
    "host/server/src/checkout/choice.rs",
    "host/server/src/connections",
    "host/server/src/console",
    "host/server/src/explained.rs",
    "host/server/src/extract.rs",
    "host/server/src/front/limits.rs",
    "host/server/src/lifecycle",
    "host/server/src/operators",
    "host/server/src/press.rs",
    "host/server/src/problem.rs",
    "host/server/src/profile.rs",
    "host/server/src/reconciling",
    "host/server/src/router.rs",
    "host/server/src/shelf.rs",
    "host/server/src/work",
    "host/store/src/road/settle.rs",
    "plugins/manifest/src/section.rs",
];
/// Of those, what says nothing to people at a console: the words of files that are handed out in three languages already, and what
/// plugins are answered.
const WITHOUT: &[&str] = &["reports/src/words.rs", "api/exports/table.rs", "work/ports/", "work/ports.rs"];
/// Where only what is handed to people is looked for: what else stands there are titles of problems, descriptions of the API's document,
/// headers, answers to providers, and what is told to whoever runs the server.
const ELSEWHERE: &[&str] = &[
    "api/refusals.rs",
    "branding/files.rs",
    "console/shown.rs",
    "reports/src/headings.rs",
    "server/src/problem.rs",
    "server/src/router.rs",
    "work/answered.rs",
];
/// Here every text is a rule.
const RULES: &[&str] = &["host/domain/src/fold/rules.rs"];
/// Here plugins are answered, and exceptions are opened.
const PORTS: &[&str] = &["host/server/src/work/ports"];
/// Where a sentence of the catalogue may stand.
const EVERYWHERE: &[&str] = &[
    "host/access/src",
    "host/domain/src",
    "host/images/src",
    "host/plugins/src",
    "host/providers/src",
    "host/reports/src",
    "host/server/src",
    "host/store/src",
    "plugins/manifest/src",
];

/// Sentences that no page of the console shows, and why not.
const LEFT: &[(&str, &[&str])] = &[
    (
        "requests with an API key alone",
        &["Send `Authorization: Bearer kmj_test_…` or `kmj_live_…` with a key that is in force."],
    ),
    ("words of the API's closed lists, which are its own in every language", &["draft, published", "hy, ru, en"]),
    (
        "words of banks, which are held against what they answer",
        &["An error has occurred.", "CANCELED FOR REPEAT", "CANCELLED FOR REPEAT"],
    ),
    (
        "what a run was about and what was sent, where nothing but a word stands beside names and texts of others",
        &[
            "message {0}",
            "order {0}, {1}",
            "schedule `{0}`",
            "set-up, looked at",
            "what can be chosen as `{0}`",
            "renewed at {0}",
            "{0}… ({1} bytes)",
        ],
    ),
    (
        "what operators do about themselves, which the texts of the audit log have by these words",
        &["change the password", "make recovery codes", "set up anew", "take an invitation up"],
    ),
    (
        "why work of the server's is tried again or set aside: for whoever runs it, as in its log",
        &[
            "installation {0} is gone",
            "keeper of the journal",
            "message {0} is gone",
            "revocation {0} cannot be read",
            "step {0} of {1} cannot be read",
            "the database does not have the checkpoint {0} that {1} names: run `kamurj journal verify`; after restoring an older \
             backup on purpose, run `kamurj admin restored`",
            "the grants",
            "the grants of run {0} of {1} cannot be read",
            "the lease of this upload is lost",
            "the manifest of installation {0} cannot be read",
            "the plugin {0} is being compiled",
            "the upload {0} is gone",
            "the view of delivery {0} cannot be read",
            "the work panicked: {0}",
            "the {0} of attempt {1} is gone",
            "the {0} of delivery {1} is gone",
            "the {0} of message {1} is gone",
            "the {0} of refund {1} is gone",
            "without a word",
            "{0} of installation {1} cannot be read",
            "what run {0} of {1} was given cannot be read",
        ],
    ),
];

/// Sentences whose parts cannot be told from one another, or that are all names but for a word or two: the catalogue has them by each of
/// the words that they are made with.
const SPELT: &[(&str, &[&str])] = &[
    ("{0} is {1}: {2}", &["{0} is suspended: {1}", "{0} is broken: {1}"]),
    ("Send it in a path or a header", &["Send it in a path or a header, to {0}."]),
    ("Use it to sign or to prove; it leaves to nobody", &["Use it to sign or to prove; it leaves to nobody."]),
    (
        "Send it in a body or a query, where a remote may write it down",
        &["Send it in a body or a query, where a remote may write it down, to {0}."],
    ),
    (", to {0}", &[]),
    (
        "Attempts at {0} were declined more than {1} times in an hour. Nobody can try again until you unlock it.",
        &[
            "Attempts at this payment were declined more than {0} times in an hour. Nobody can try again until you unlock it.",
            "Attempts at payments of this link were declined more than {0} times in an hour. Nobody can try again until you unlock it.",
        ],
    ),
    ("this payment", &[]),
    ("payments of this link", &[]),
    ("{0} {1} from {2}", &["{0} of the order from {1}", "{0} beyond the order from {1}"]),
    ("FastShift answered {0}{1}", &["FastShift answered {0}"]),
    ("ruled {0}", &["A payment that is `{0}` cannot be ruled {1}."]),
    (
        "{0}: {1}{2}. Have it renewed at {3} and keep what comes of it.",
        &[
            "Send it in a body or a query, where a remote may write it down, to {0}. Have it renewed at {1} and keep what comes of it.",
        ],
    ),
    (
        "{0}: Act for an account that you connect{1}. The server sends the client's secret to {2}, and the access token to {3}.",
        &[
            "{0}: Act for an account that you connect. The server sends the client's secret to {1}, and the access token to {2}.",
            "{0}: Act for an account that you connect with the scopes {1}. The server sends the client's secret to {2}, and the \
             access token to {3}.",
        ],
    ),
    (
        "{0}: Act for the account whose key you enter{1}. The server proves itself to {2} with signatures, never with the key, and \
         sends the access token to {3}.",
        &[
            "{0}: Act for the account whose key you enter. The server proves itself to {1} with signatures, never with the key, and \
             sends the access token to {2}.",
            "{0}: Act for the account whose key you enter with the scopes {1}. The server proves itself to {2} with signatures, \
             never with the key, and sends the access token to {3}.",
        ],
    ),
];

fn is_left(sentence: &str) -> bool {
    LEFT.iter().flat_map(|(_, sentences)| *sentences).any(|one| *one == sentence)
}

/// Whether it can be nothing but a sentence, wherever it stands.
fn is_plain(sentence: &str) -> bool {
    let is_word = |word: &&str| word.chars().all(|one| one.is_alphabetic() || ".,:;'`".contains(one));
    sentence.split_whitespace().filter(is_word).count() >= 3
}

/// Whether there is anything in it to translate beside names and what is said elsewhere.
fn has_words(sentence: &str) -> bool {
    let words = sentence.split(|one: char| !one.is_alphabetic()).filter(|word| word.len() > 1);
    words.count() > 0
}

fn said() -> Vec<Spoken> {
    let mut said = all(HANDED, WITHOUT, Said::Handed);
    let anywhere = all(HANDED, &[WITHOUT, ELSEWHERE].concat(), Said::All);
    said.extend(anywhere.into_iter().filter(|one| is_plain(&one.sentence)));
    said.extend(all(RULES, &[], Said::All));
    said.extend(all(PORTS, &[], Said::Details));
    said.retain(|one| has_words(&one.sentence));
    said
}

#[test]
fn every_sentence_that_people_are_told_has_its_translations() {
    let mut known: BTreeSet<String> = sentences().unwrap().into_iter().map(|(_, sentence)| sentence).collect();
    let spelt = SPELT.iter().filter(|(_, each)| each.iter().all(|one| known.contains(*one)));
    known.extend(spelt.map(|(whole, _)| (*whole).to_owned()).collect::<Vec<_>>());
    let missing: Vec<String> = said()
        .into_iter()
        .filter(|one| !known.contains(&one.sentence) && !is_left(&one.sentence))
        .map(|one| format!("{}: {}", one.place, one.sentence))
        .collect();
    assert!(
        missing.is_empty(),
        "these have no translations in checkout-templates/console/sentences:\n{}",
        missing.join("\n")
    );
}

#[test]
fn the_catalogue_has_nothing_that_is_said_nowhere() {
    let mut spoken: BTreeSet<String> = all(EVERYWHERE, &[], Said::All).into_iter().map(|one| one.sentence).collect();
    spoken.extend(
        SPELT
            .iter()
            .filter(|(whole, _)| spoken.contains(*whole))
            .flat_map(|(_, each)| *each)
            .map(|one| (*one).to_owned())
            .collect::<Vec<_>>(),
    );
    let stale: Vec<String> = sentences()
        .unwrap()
        .into_iter()
        .filter(|(file, sentence)| *file != "foreign" && !spoken.contains(sentence))
        .map(|(file, sentence)| format!("{file}.json: {sentence}"))
        .collect();
    assert!(stale.is_empty(), "nothing says these any more:\n{}", stale.join("\n"));
    let said: BTreeSet<String> = said().into_iter().map(|one| one.sentence).collect();
    let left: Vec<&str> = LEFT.iter().flat_map(|(_, each)| *each).copied().filter(|one| !said.contains(*one)).collect();
    assert!(left.is_empty(), "nothing says these any more, so they need not be left out:\n{}", left.join("\n"));
}

#[test]
fn a_new_sentence_is_found_wherever_it_is_handed_to_people() {
    let source = r#"
        fn wrong_here(faults: &mut Faults, most: u32) -> Result<(), Problem> {
            faults.add("/a", "first of all");
            faults.add(format!("/{most}"), format!("at most {most} of {}", "them all"));
            if most > 1 { return Err(not_now("third of {it}")); }
            let detail = if most == 0 { "fourth it is" } else { "fifth it is" };
            tracing::info!("not for people");
            other("not for people");
            Err(Problem::new(Kind::Invalid, detail).because(FieldError { pointer: "/b c".into(), detail: "sixth it is".into() }))
        }
        fn told(kind: u8) -> String { match kind { 0 => format!("seventh is {kind}"), _ => "one".to_owned() } }
        #[derive(Error)]
        enum Wrong { #[error("eighth is {}", .0.len())] Eighth(Vec<u8>) }
        #[cfg(test)]
        mod tests { fn x() -> String { "not for people".to_owned() } }
    "#;
    let found: Vec<String> = of(source, "trial.rs", Said::Handed).into_iter().map(|one| one.sentence).collect();
    let expected = [
        "at most {0} of {1}",
        "eighth is {0}",
        "fifth it is",
        "first of all",
        "fourth it is",
        "seventh is {0}",
        "sixth it is",
        "them all",
        "third of {it}",
    ];
    let mut found = found;
    found.sort();
    assert_eq!(found, expected);
}
