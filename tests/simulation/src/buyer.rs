//! Somebody who buys: what they hold in their hands, and what they may do next. They are impatient and careless, and never
//! malicious; those who are stand in `forger`.

use crate::dice::Dice;
use crate::page::Page;
use std::collections::BTreeSet;

/// A buyer.
#[derive(Debug)]
pub(crate) struct Buyer {
    /// Index of the shop.
    pub(crate) shop: usize,
    /// Buys in the chat with this id, or through the API.
    pub(crate) chat: Option<i64>,
    /// The shop's order number, for an order through the API.
    pub(crate) order: String,
    /// What is asked, in whole drams.
    pub(crate) drams: i64,
    /// How long the link lives, in seconds.
    pub(crate) life_s: i64,
    /// Buys through this payment link of the stall.
    pub(crate) of_link: Option<usize>,
    /// The payment, once the API has named it.
    pub(crate) payment: Option<String>,
    /// The link, once it is known.
    pub(crate) link: Option<String>,
    /// Forms seen: address and key.
    pub(crate) forms: Vec<(String, String)>,
    /// Keys of the forms that were sent, however often.
    pub(crate) pressed_keys: BTreeSet<String>,
    /// Pages of the bank that a form led to.
    pub(crate) banks: BTreeSet<String>,
    /// Addresses that the bank sent the browser back to.
    pub(crate) ways_back: Vec<String>,
    /// A page said that the payment is made.
    pub(crate) told_paid: bool,
    /// Things that they will still do.
    pub(crate) patience: u32,
    /// Things that are under way.
    pub(crate) busy: u32,
    /// How often they have said hello in the chat.
    pub(crate) greeted: u32,
    /// How often they have pressed the cake's button.
    pub(crate) pressed: u32,
}

/// Something that a buyer does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Lets the shop ask for a payment.
    Orders,
    /// Writes to the bot, or presses the button that it showed.
    Chats,
    /// Opens the link.
    Opens,
    /// Sends a form: address and key.
    Presses(String, String),
    /// Does this on the bank's page.
    AtBank(String, &'static str),
    /// Follows the way back.
    Returns(String),
    /// Is done, or gives up.
    Leaves,
}

impl Buyer {
    /// A buyer with everything still to do.
    pub(crate) fn new(shop: usize, chat: Option<i64>, order: String, dice: &mut Dice) -> Self {
        Self {
            shop,
            chat,
            order,
            drams: dice.between(10, 200) * 100,
            life_s: *dice.pick(&[300, 600, 1_200, 1_800, 3_600, 7_200, 86_400, 3 * 86_400]),
            of_link: None,
            payment: None,
            link: None,
            forms: Vec::new(),
            pressed_keys: BTreeSet::new(),
            banks: BTreeSet::new(),
            ways_back: Vec::new(),
            told_paid: false,
            patience: u32::try_from(dice.between(6, 16)).expect("a small number"),
            busy: 0,
            greeted: 0,
            pressed: 0,
        }
    }

    /// Reads a page of ours.
    pub(crate) fn sees(&mut self, page: &Page) {
        self.told_paid |= page.says_paid;
        self.forms.extend(page.form.clone());
    }

    /// What they do next.
    pub(crate) fn decides(&mut self, dice: &mut Dice) -> Deed {
        if self.patience == 0 {
            return Deed::Leaves;
        }
        self.patience -= 1;
        let Some(_) = &self.link else {
            return if self.chat.is_some() { Deed::Chats } else { Deed::Orders };
        };
        if self.told_paid && dice.one_in(2) {
            // They have what they wanted; whatever is left undone stays undone.
            self.patience = 0;
            return Deed::Leaves;
        }
        let banks: Vec<&String> = self.banks.iter().collect();
        let mut choices = vec![(2, 0)];
        if !self.forms.is_empty() && !self.told_paid {
            choices.push((6, 1));
        }
        if !banks.is_empty() {
            choices.push((6, 2));
        }
        if !self.ways_back.is_empty() {
            choices.push((4, 3));
        }
        match dice.weighted(&choices) {
            1 => {
                // Mostly the newest form; sometimes one in an old tab.
                let newest = self.forms.last().expect("there is a form");
                let (action, key) = if dice.one_in(5) { dice.pick(&self.forms) } else { newest };
                Deed::Presses(action.clone(), key.clone())
            }
            2 => {
                let action = dice.weighted(&[(7, "pay"), (2, "decline"), (1, "close")]);
                Deed::AtBank((*dice.pick(&banks)).clone(), action)
            }
            3 => Deed::Returns(dice.pick(&self.ways_back).clone()),
            _ => Deed::Opens,
        }
    }
}
