//! A mapping as people choose it: columns by the names that stand in the table. It becomes the mapping that tables are read by where the
//! table is at hand, because what every other word of a column means depends on the words that are there.

use crate::problem::FieldError;
use crate::reconciling::reading::wrong;
use kamurj_domain::Currency;
use kamurj_reports::{Column, CurrencyFrom, KindFrom, KindWords, Mapping, Table, TimeFormat, TimeFrom, guess};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// More words than these tell no kinds: the column is one of remarks.
const MOST_WORDS: usize = 50;

/// Which column of a report is what. Columns go by the names that the preview gives them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MappingBody {
    /// The row with the names of the columns, counted from 1.
    #[serde(default)]
    pub header_row: Option<usize>,
    /// The sheet of a workbook; the first where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// The bank's own reference.
    #[serde(default)]
    pub reference: Option<String>,
    /// The order number that the bank got from us.
    #[serde(default)]
    pub order_number: Option<String>,
    /// The amount.
    #[serde(default)]
    pub amount: Option<String>,
    /// Its currency.
    #[serde(default)]
    pub currency: CurrencyBody,
    /// Which way money went.
    #[serde(default)]
    pub kind: KindBody,
    /// What the bank kept.
    #[serde(default)]
    pub fee: Option<String>,
    /// When.
    #[serde(default)]
    pub time: Option<String>,
    /// `dd.mm.yyyy`, `dd/mm/yyyy`, `yyyy-mm-dd` or `rfc3339`.
    #[serde(default)]
    pub time_format: Option<String>,
    /// `plain` (12500.50), `point` (12,500.50) or `comma` (12 500,50).
    #[serde(default)]
    pub decimal: Option<String>,
}

/// From where a line's currency is known: one of both.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CurrencyBody {
    /// A column says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The whole report is in this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed: Option<String>,
}

/// From where it is known which way money went: one of the first three. The lists are looked at with a column alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KindBody {
    /// Every line is a payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_always: Option<bool>,
    /// An amount below zero is a refund.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign: Option<bool>,
    /// A column says it in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Words that mean a payment; every word that is in no list means one, too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub payment: Vec<String>,
    /// Words that mean a refund.
    #[serde(default)]
    pub refund: Vec<String>,
    /// Words that mean that the bank took a payment back.
    #[serde(default)]
    pub reversal: Vec<String>,
    /// Words that mean a dispute.
    #[serde(default)]
    pub chargeback: Vec<String>,
    /// Words for what moved no money of a payment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passed_over: Vec<String>,
}

/// The names by which people choose columns: those of the header; a column without a name, or with the name of another, has its number.
pub(crate) fn names(table: &Table) -> Vec<String> {
    let width = table.rows.iter().map(|row| row.cells.len()).chain([table.header.len()]).max().unwrap_or(0);
    let name = |place: usize| table.header.get(place).map_or("", |name| name.trim());
    (0..width)
        .map(|place| match name(place) {
            "" => format!("#{}", place + 1),
            taken if (0..place).any(|other| name(other) == taken) => format!("{taken} #{}", place + 1),
            own => own.to_owned(),
        })
        .collect()
}

/// Text for comparison: small letters, single spaces.
fn alike(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

impl MappingBody {
    /// The mapping as people choose it in this table. Words that are no different from payments are left out.
    pub(crate) fn of(mapping: &Mapping, table: &Table) -> Self {
        let names = names(table);
        let named = |column: &Column| {
            let at = column.number.and_then(|number| names.get(number.checked_sub(1)?).cloned());
            at.or_else(|| column.name.clone())
        };
        let optional = |column: &Option<Column>| column.as_ref().and_then(named);
        Self {
            header_row: mapping.header_row,
            sheet: mapping.sheet.clone(),
            reference: optional(&mapping.reference),
            order_number: optional(&mapping.order_number),
            amount: optional(&mapping.amount),
            currency: match &mapping.currency {
                CurrencyFrom::Fixed(currency) => CurrencyBody { fixed: Some(currency.code().to_owned()), column: None },
                CurrencyFrom::Column(column) => CurrencyBody { column: named(column), fixed: None },
            },
            kind: match &mapping.kind {
                KindFrom::Payments => KindBody { payment_always: Some(true), ..KindBody::default() },
                KindFrom::Sign => KindBody { sign: Some(true), ..KindBody::default() },
                KindFrom::Words(words) => KindBody {
                    column: named(&words.column),
                    refund: words.refund.clone(),
                    reversal: words.reversal.clone(),
                    chargeback: words.chargeback.clone(),
                    passed_over: words.passed_over.clone(),
                    ..KindBody::default()
                },
            },
            fee: optional(&mapping.fee),
            time: mapping.time.as_ref().and_then(|time| named(&time.column)),
            time_format: mapping.time.as_ref().map(|time| word(&time.format)),
            decimal: Some(word(&mapping.decimals)),
        }
    }

    /// The mapping that this table is read by, or what is wrong, by pointers into this body.
    pub(crate) fn read(&self, table: &Table) -> Result<Mapping, Vec<FieldError>> {
        let names = names(table);
        let mut faults = Vec::new();
        let column = |name: &Option<String>| {
            name.as_deref().filter(|name| !name.trim().is_empty()).map(|name| find(&names, table, name))
        };
        let kind = self.kind.read(table, &names, &mut faults);
        let currency = match (&self.currency.fixed, column(&self.currency.column)) {
            (_, Some(column)) => CurrencyFrom::Column(column),
            (Some(code), None) => CurrencyFrom::Fixed(Currency::from_code(code).unwrap_or_else(|| {
                faults.push(fault("/currency/fixed", "must be AMD, RUB, USD or EUR"));
                Currency::Amd
            })),
            (None, None) => {
                faults.push(fault("/currency", "choose a column, or a currency for the whole report"));
                CurrencyFrom::Fixed(Currency::Amd)
            }
        };
        let format = said::<TimeFormat>(self.time_format.as_deref().unwrap_or("dd.mm.yyyy"));
        if format.is_none() {
            faults.push(fault("/time_format", "must be dd.mm.yyyy, dd/mm/yyyy, yyyy-mm-dd or rfc3339"));
        }
        let decimals = said(self.decimal.as_deref().unwrap_or("plain"));
        let (Some(decimals), Some(kind)) = (decimals, kind) else {
            if decimals.is_none() {
                faults.push(fault("/decimal", "must be plain, point or comma"));
            }
            return Err(faults);
        };
        let mapping = Mapping {
            header_row: self.header_row,
            sheet: self.sheet.clone(),
            reference: column(&self.reference),
            order_number: column(&self.order_number),
            amount: column(&self.amount),
            currency,
            kind,
            fee: column(&self.fee),
            time: column(&self.time).zip(format).map(|(column, format)| TimeFrom { column, format }),
            decimals,
        };
        faults.extend(wrong(kamurj_reports::check(&mapping, table)));
        if faults.is_empty() { Ok(mapping) } else { Err(faults) }
    }
}

impl KindBody {
    fn read(&self, table: &Table, names: &[String], faults: &mut Vec<FieldError>) -> Option<KindFrom> {
        if let Some(name) = self.column.as_deref().filter(|name| !name.trim().is_empty()) {
            let column = find(names, table, name);
            let Some(place) = column.number.and_then(|number| number.checked_sub(1)) else {
                faults.push(fault("/kind", &format!("the table has no column \"{name}\"")));
                return None;
            };
            return self.words(table, place, column, faults).map(KindFrom::Words);
        }
        match (self.sign, self.payment_always) {
            (Some(true), _) => Some(KindFrom::Sign),
            (_, Some(true)) => Some(KindFrom::Payments),
            _ => {
                faults.push(fault(
                    "/kind",
                    "say how refunds are told from payments: by the sign, by a column, or that there are none",
                ));
                None
            }
        }
    }

    /// What every word of the column means: one that is in no list means a payment, unless it is known to mean something else.
    fn words(&self, table: &Table, place: usize, column: Column, faults: &mut Vec<FieldError>) -> Option<KindWords> {
        let mut words = KindWords {
            column,
            payment: trimmed(&self.payment),
            refund: trimmed(&self.refund),
            reversal: trimmed(&self.reversal),
            chargeback: trimmed(&self.chargeback),
            passed_over: trimmed(&self.passed_over),
        };
        let known = match guess(table).kind {
            KindFrom::Words(known) if known.column.number == Some(place + 1) => Some(known),
            _ => None,
        };
        let lists = [&words.payment, &words.refund, &words.reversal, &words.chargeback, &words.passed_over];
        let listed: Vec<String> = lists.into_iter().flatten().map(|word| alike(word)).collect();
        let mut left: BTreeMap<String, (String, usize)> = BTreeMap::new();
        for cell in table.rows.iter().map(|row| row.text(place)).filter(|cell| !cell.is_empty()) {
            if listed.contains(&alike(cell)) {
                continue;
            }
            left.entry(alike(cell)).or_insert((cell.to_owned(), 0)).1 += 1;
            if left.len() > MOST_WORDS {
                faults
                    .push(fault("/kind", "this column has more different words than there are kinds: choose another"));
                return None;
            }
        }
        let means = |list: fn(&KindWords) -> &Vec<String>, word: &str| {
            known.as_ref().is_some_and(|known| list(known).iter().any(|one| alike(one) == word))
        };
        for (word, (shown, count)) in left {
            type List = fn(&KindWords) -> &Vec<String>;
            let lists: [(&str, List); 3] = [
                ("/kind/refund", |known| &known.refund),
                ("/kind/reversal", |known| &known.reversal),
                ("/kind/chargeback", |known| &known.chargeback),
            ];
            if let Some((pointer, _)) = lists.into_iter().find(|(_, list)| means(*list, &word)) {
                let detail =
                    format!("lines with \"{shown}\" ({count} of them) would count as payments: write the word here");
                faults.push(fault(pointer, &detail));
            } else if means(|known| &known.passed_over, &word) {
                words.passed_over.push(shown);
            } else {
                words.payment.push(shown);
            }
        }
        Some(words)
    }
}

fn trimmed(words: &[String]) -> Vec<String> {
    words.iter().map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect()
}

/// The column of this name. One that is not there stays named, so that it is told which one is missing.
fn find(names: &[String], table: &Table, name: &str) -> Column {
    let place = names.iter().position(|known| alike(known) == alike(name));
    let Some(place) = place else { return Column::named(name) };
    let own = table.header.get(place).filter(|own| !own.is_empty()).cloned();
    Column { name: own, number: Some(place + 1) }
}

fn fault(pointer: &str, detail: &str) -> FieldError {
    FieldError { pointer: pointer.to_owned(), detail: detail.to_owned() }
}

fn said<T: DeserializeOwned>(word: &str) -> Option<T> {
    serde_json::from_value(word.into()).ok()
}

fn word<T: Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kamurj_reports::{Reading, read};

    fn table(text: &str) -> Table {
        read(text.as_bytes(), &Reading::default()).unwrap()
    }

    const STATEMENT: &str =
        "RRN;Պատվեր;Գումար;Տեսակ;\n1;a;100,00;Վճարում;x\n2;b;50,00;Վերադարձ;y\n3;c;20,00;Ուրիշ բան;z\n";

    #[test]
    fn columns_without_a_name_or_with_anothers_are_chosen_by_their_number() {
        assert_eq!(names(&table("a;b;a;\n1;2;3;4\n1;2;3;4\n")), ["a", "b", "a #3", "#4"]);
    }

    #[test]
    fn what_was_guessed_is_shown_and_read_back() {
        let table = table(STATEMENT);
        let body = MappingBody::of(&guess(&table), &table);
        assert_eq!((body.amount.as_deref(), body.decimal.as_deref()), (Some("Գումար"), Some("comma")));
        assert_eq!(body.kind.refund, ["Վերադարձ"]);
        let mapping = body.read(&table).unwrap();
        let KindFrom::Words(words) = &mapping.kind else { panic!("by words") };
        assert_eq!(words.payment, ["Ուրիշ բան", "Վճարում"], "what is in no list is a payment");
    }

    #[test]
    fn a_word_that_means_a_refund_never_counts_as_a_payment_unseen() {
        let table = table(STATEMENT);
        let mut body = MappingBody::of(&guess(&table), &table);
        body.kind.refund.clear();
        body.amount = Some("Sum".to_owned());
        body.decimal = Some("floating".to_owned());
        let pointers: Vec<String> = body.read(&table).unwrap_err().into_iter().map(|fault| fault.pointer).collect();
        assert_eq!(pointers, ["/kind/refund", "/decimal"]);
        body.decimal = Some("comma".to_owned());
        body.kind.payment = vec!["վերադարձ".to_owned()];
        let pointers: Vec<String> = body.read(&table).unwrap_err().into_iter().map(|fault| fault.pointer).collect();
        assert_eq!(pointers, ["/amount"], "somebody who says so is believed");
    }
}
