//! What a customer reads before there is a payment.

use kamurj_sdk::Language;
use kamurj_sdk::Language::{En, Hy, Ru};

use super::pick;

/// The first message of a chat. An empty name is left out.
pub(crate) fn greeting(language: Language, name: &str, has_catalogue: bool) -> String {
    let hello = match (language, name.is_empty()) {
        (Hy, true) => "Բարև Ձեզ։".to_owned(),
        (Hy, false) => format!("Բարև Ձեզ, {name}։"),
        (Ru, true) => "Здравствуйте!".to_owned(),
        (Ru, false) => format!("Здравствуйте, {name}!"),
        (En, true) => "Hello!".to_owned(),
        (En, false) => format!("Hello, {name}!"),
    };
    let next = if has_catalogue {
        pick(
            language,
            "Ընտրեք, թե ինչ եք ուզում գնել, և ես կուղարկեմ վճարման հղումը։",
            "Выберите, что хотите купить, и я пришлю ссылку на оплату.",
            "Choose what you would like to buy, and I will send you a payment link.",
        )
    } else {
        pick(
            language,
            "Գրեք մեզ, թե ինչ եք ուզում գնել, և մենք կուղարկենք վճարման հղումը։",
            "Напишите нам, что хотите купить, и мы пришлём ссылку на оплату.",
            "Write to us what you would like to buy, and we will send you a payment link.",
        )
    };
    format!("{hello} {next}")
}

/// Answer to text that is no command.
pub(crate) fn hint(language: Language) -> &'static str {
    pick(
        language,
        "Ապրանքների ցանկը տեսնելու համար ուղարկեք /start։",
        "Чтобы увидеть, что продаётся, отправьте /start.",
        "To see what is on sale, send /start.",
    )
}

/// To a customer whose payment the host refused.
pub(crate) fn sorry(language: Language) -> &'static str {
    pick(
        language,
        "Ներեցեք, հիմա չհաջողվեց պատրաստել վճարման հղումը։ Խնդրում ենք գրել մեզ։",
        "Извините, сейчас не получилось подготовить ссылку на оплату. Пожалуйста, напишите нам.",
        "Sorry, the payment link could not be prepared just now. Please write to us.",
    )
}

/// Note on a button whose item left the catalogue.
pub(crate) fn item_gone(language: Language) -> &'static str {
    pick(language, "Սա այլևս չի վաճառվում։", "Это больше не продаётся.", "This is no longer on sale.")
}

/// To a customer who wants what others are paying for right now.
pub(crate) fn busy(language: Language) -> &'static str {
    pick(
        language,
        "Հիմա վերջին տեղի համար ուրիշն է վճարում։ Խնդրում ենք փորձել մի քանի րոպեից։",
        "За последнее место сейчас платит кто-то другой. Попробуйте, пожалуйста, через несколько минут.",
        "Somebody else is paying for the last place right now. Please try again in a few minutes.",
    )
}

/// Below the greeting where the service tells no language: how to get another one.
pub(crate) fn other_languages(language: Language) -> &'static str {
    match language {
        Hy => "Русский — напишите «рус» · English — write “eng”",
        Ru => "Հայերեն — գրեք «հայ» · English — write “eng”",
        En => "Հայերեն — գրեք «հայ» · Русский — напишите «рус»",
    }
}

/// The language that a text speaks for: a word that asks for it, or its letters. Latin letters alone say nothing, for Armenian is
/// often written in them.
pub(crate) fn language_of(text: &str) -> Option<Language> {
    match text.trim().to_lowercase().as_str() {
        "eng" | "en" | "english" => return Some(En),
        "рус" | "ru" | "rus" | "русский" => return Some(Ru),
        "հայ" | "hy" | "hay" | "arm" | "հայերեն" => return Some(Hy),
        _ => {}
    }
    let armenian = text.chars().filter(|symbol| matches!(symbol, '\u{0531}'..='\u{0587}')).count();
    let cyrillic = text.chars().filter(|symbol| matches!(symbol, '\u{0400}'..='\u{04FF}')).count();
    match armenian.cmp(&cyrillic) {
        std::cmp::Ordering::Greater => Some(Hy),
        std::cmp::Ordering::Less => Some(Ru),
        std::cmp::Ordering::Equal => None,
    }
}

/// Whether the text asks for what is on sale, or for another language, where people of the shop write in the same chat.
pub(crate) fn asks_for_menu(text: &str) -> bool {
    const WORDS: [&str; 21] = [
        "menu",
        "start",
        "shop",
        "catalog",
        "catalogue",
        "մենյու",
        "կատալոգ",
        "ցանկ",
        "գնել",
        "խանութ",
        "меню",
        "каталог",
        "купить",
        "магазин",
        "старт",
        "eng",
        "english",
        "рус",
        "русский",
        "հայ",
        "հայերեն",
    ];
    let text = text.trim().trim_end_matches(['!', '?', '.', '։', '՞']).to_lowercase();
    WORDS.contains(&text.as_str())
}

#[cfg(test)]
mod tests {
    use super::{Language, asks_for_menu, language_of};

    #[test]
    fn a_language_is_told_by_its_letters_or_by_a_word_for_it() {
        assert_eq!(language_of("Ուզում եմ վճարել"), Some(Language::Hy));
        assert_eq!(language_of("Хочу купить торт, please"), Some(Language::Ru));
        assert_eq!(language_of("barev dzez"), None);
        assert_eq!(language_of(" ENG "), Some(Language::En));
        assert_eq!(language_of("12500 😀"), None);
    }

    #[test]
    fn the_menu_is_asked_for_by_one_word() {
        assert!(asks_for_menu(" Меню? ") && asks_for_menu("մենյու") && asks_for_menu("Menu"));
        assert!(!asks_for_menu("what is on the menu today") && !asks_for_menu(""));
    }
}
