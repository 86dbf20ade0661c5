//! Takes an order step by step: asks what a link wants to know, hears the answers, and presses the link when nothing is missing. What
//! counts as an answer is the host's to say. It must not read what arrives.

use kamurj_sdk::{Host, Outcome, PaymentLink, Selection, minor_to_decimal, plain};

use crate::asking;
use crate::catalogue::{self, Item};
use crate::dialogue::Dialogue;
use crate::link::{self, Reader};
use crate::service::{Message, Service};
use crate::shop::Shop;
use crate::texts;

impl<H: Host, S: Service> Shop<'_, H, S> {
    pub(crate) fn choose(&self, item: &Item) -> Result<Outcome, Outcome> {
        if let Some(link) = &item.link {
            return self.advance(Dialogue::begin(link, &link::key(self.event)));
        }
        let Some(price) = &item.price else { return self.say(texts::sorry(self.language)) };
        let about = (self.language, Reader::Customer);
        match link::create(self.host, self.service, self.event, about, (&item.title, price)) {
            Ok(payment) => self.send_link(&payment, Reader::Customer),
            Err(error) => self.refused(error, &format!("catalogue item `{}` for {}", item.id, minor_to_decimal(price))),
        }
    }

    /// Asks the next question, or presses the link when everything was asked.
    fn advance(&self, mut dialogue: Dialogue) -> Result<Outcome, Outcome> {
        let Some(link) = catalogue::open_link(self.host, &dialogue.link, self.language)? else {
            Dialogue::end(self.host, self.chat());
            return self.say(texts::item_gone(self.language));
        };
        if link.version != dialogue.version {
            // The merchant changed it meanwhile: what was chosen may mean something else now.
            let anew = Dialogue { heard: dialogue.heard, ..Dialogue::begin(&link, &dialogue.key) };
            self.say_as(texts::changed(self.language), "changed")?;
            return self.ask(anew, &link, None);
        }
        if asking::next(self.host, &link, &dialogue, self.language).is_some() {
            return self.ask(dialogue, &link, None);
        }
        self.event.key.clone_into(&mut dialogue.heard);
        self.press_link(dialogue, &link)
    }

    fn ask(&self, mut dialogue: Dialogue, link: &PaymentLink, fault: Option<&str>) -> Result<Outcome, Outcome> {
        let Some(ask) = asking::next(self.host, link, &dialogue, self.language) else {
            return self.press_link(dialogue, link);
        };
        dialogue.save(self.host, self.chat(), &ask.field)?;
        let most = self.service.kit().choices;
        let words = ask.words(most);
        let text = fault.map_or_else(|| words.clone(), |fault| format!("{}\n\n{words}", plain(fault, 300)));
        let choices = ask.choices(&dialogue.token(&ask.field), most, self.language);
        self.send(&Message::choices(&text, texts::options(self.language), choices), "ask")
    }

    pub(crate) fn answered(
        &self,
        mut dialogue: Dialogue,
        value: impl FnOnce(&asking::Ask) -> Option<String>,
    ) -> Result<Outcome, Outcome> {
        if dialogue.heard == self.event.key {
            return self.advance(dialogue);
        }
        self.event.key.clone_into(&mut dialogue.heard);
        let link = catalogue::open_link(self.host, &dialogue.link, self.language)?;
        let Some(link) = link.filter(|link| link.version == dialogue.version) else { return self.advance(dialogue) };
        let ask = asking::next(self.host, &link, &dialogue, self.language).filter(|ask| ask.field == dialogue.asked);
        let Some(ask) = ask else { return self.advance(dialogue) };
        let put = value(&ask).and_then(|value| asking::put(&mut dialogue, &link, &ask.field, &value));
        if put.is_none() {
            return self.ask(dialogue, &link, Some(texts::not_understood(self.language)));
        }
        match self.fault_in(&dialogue, &ask.field)? {
            Some(fault) => {
                asking::take_back(&mut dialogue, &ask.field);
                self.ask(dialogue, &link, Some(&fault))
            }
            None => self.advance(dialogue),
        }
    }

    pub(crate) fn skipped(&self, mut dialogue: Dialogue) -> Result<Outcome, Outcome> {
        if dialogue.heard != self.event.key {
            self.event.key.clone_into(&mut dialogue.heard);
            dialogue.skipped.extend(dialogue.asked.strip_prefix("answers/").map(str::to_owned));
        }
        self.advance(dialogue)
    }

    /// What the host finds wrong with this field.
    fn fault_in(&self, dialogue: &Dialogue, field: &str) -> Result<Option<String>, Outcome> {
        match self.host.quote(&self.selection(dialogue)) {
            Ok(estimate) => {
                let wrong = estimate.faults.into_iter().find(|fault| fault.field == field && !fault.missing);
                Ok(wrong.map(|fault| fault.message))
            }
            Err(error) if error.retryable => Err(error.into()),
            // The press will tell.
            Err(_) => Ok(None),
        }
    }

    fn selection(&self, dialogue: &Dialogue) -> Selection {
        let channel = link::channel(self.service, self.event, self.language);
        dialogue.selection(link::customer(self.event), channel, self.language.tag())
    }

    fn press_link(&self, mut dialogue: Dialogue, link: &PaymentLink) -> Result<Outcome, Outcome> {
        match self.host.press(&self.selection(&dialogue)) {
            Ok(payment) => {
                let outcome = self.send_link(&payment, Reader::Customer)?;
                Dialogue::end(self.host, self.chat());
                Ok(outcome)
            }
            Err(error) if error.code == "closed" => {
                Dialogue::end(self.host, self.chat());
                // Somebody is paying for the last place, or too many were declined: it may be otherwise in a while.
                let words = if error.retryable { texts::busy } else { texts::item_gone };
                self.say(words(self.language))
            }
            Err(error) if error.code == "conflict" && !error.retryable => {
                self.say_as(texts::changed(self.language), "changed")?;
                let Some(now) = catalogue::open_link(self.host, &link.id, self.language)? else {
                    return self.say(texts::item_gone(self.language));
                };
                self.ask(Dialogue::begin(&now, &dialogue.key), &now, None)
            }
            Err(error) if error.code == "invalid" => {
                let faults = self.host.quote(&self.selection(&dialogue)).map(|estimate| estimate.faults);
                let Some(fault) = faults.ok().and_then(|faults| faults.into_iter().next()) else {
                    Dialogue::end(self.host, self.chat());
                    return self.refused(error, &format!("payment link `{}`", link.id));
                };
                asking::take_back(&mut dialogue, &fault.field);
                if asking::next(self.host, link, &dialogue, self.language).is_none() {
                    // Nothing that the customer could answer otherwise.
                    Dialogue::end(self.host, self.chat());
                    return self.refused(error, &format!("payment link `{}`", link.id));
                }
                self.ask(dialogue, link, Some(&fault.message))
            }
            Err(error) => self.refused(error, &format!("payment link `{}`", link.id)),
        }
    }

    pub(crate) fn give_up(&self) -> Result<Outcome, Outcome> {
        Dialogue::end(self.host, self.chat());
        self.say(texts::given_up(self.language))
    }
}
