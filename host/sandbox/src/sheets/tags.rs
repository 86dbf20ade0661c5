//! Developer metadata: tags on rows, tabs and the spreadsheet, how they are found, and the filters that name ranges by them. It must not
//! know who asks.

use serde_json::{Value, json};

use super::a1::{Area, Wanted};
use super::book::{Book, Tag};
use super::node::Node;
use super::refusal::Refusal;

/// How many characters of keys and values a tab has room for; the spreadsheet itself has as many again.
const ROOM: usize = 30_000;
const VISIBILITIES: [&str; 2] = ["DOCUMENT", "PROJECT"];
const LOCATIONS: [&str; 4] = ["ROW", "COLUMN", "SHEET", "SPREADSHEET"];

/// What a tag is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spot {
    Book,
    Tab(usize),
    Row(usize, usize),
}

/// A tag that was found, and where.
pub(super) type Found = (Spot, Tag);

impl Spot {
    fn kind(self) -> &'static str {
        match self {
            Self::Book => "SPREADSHEET",
            Self::Tab(_) => "SHEET",
            Self::Row(..) => "ROW",
        }
    }

    /// The cells of it.
    fn area(self, book: &Book) -> Vec<Area> {
        let whole = |tab: usize| Area {
            tab,
            top: 0,
            left: 0,
            bottom: book.tabs[tab].rows.len(),
            right: book.tabs[tab].columns,
        };
        match self {
            Self::Book => (0..book.tabs.len()).map(whole).collect(),
            Self::Tab(tab) => vec![whole(tab)],
            Self::Row(tab, row) => vec![Area { top: row, bottom: row + 1, ..whole(tab) }],
        }
    }

    /// Reads `location`. Tags of columns are not kept here.
    fn read(book: &Book, node: &Node<'_>) -> Result<Self, Refusal> {
        node.only(&["locationType", "spreadsheet", "sheetId", "dimensionRange"])?;
        let named: Vec<&str> = node.names().into_iter().filter(|name| *name != "locationType").collect();
        match named.as_slice() {
            ["spreadsheet"] if node.flag("spreadsheet")? == Some(true) => Ok(Self::Book),
            ["sheetId"] => Ok(Self::Tab(book.place(node.int32("sheetId")?.unwrap_or(0))?)),
            ["dimensionRange"] => {
                let Some(range) = node.object("dimensionRange")? else { return Err(Refusal::unreadable()) };
                let lines = Lines::read(book, &range)?;
                if lines.dimension == "COLUMNS" {
                    return Err(Refusal::not_doubled("developer metadata of columns"));
                }
                let rows = book.tabs[lines.tab].rows.len();
                if lines.end != lines.start + 1 {
                    return Err(Refusal::invalid("dimensionRange must represent a single row or column."));
                }
                if lines.end > rows {
                    return Err(Refusal::invalid(format!(
                        "dimensionRange.endIndex[{}] is after last row in sheet[{rows}]",
                        lines.end
                    )));
                }
                Ok(Self::Row(lines.tab, lines.start))
            }
            _ => Err(Refusal::invalid("Exactly one location must be specified.")),
        }
    }
}

/// A `DimensionRange`; its end may be past the grid's.
pub(super) struct Lines {
    pub(super) tab: usize,
    pub(super) dimension: &'static str,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Lines {
    pub(super) fn read(book: &Book, node: &Node<'_>) -> Result<Self, Refusal> {
        node.only(&["sheetId", "dimension", "startIndex", "endIndex"])?;
        let tab = book.place(node.int32("sheetId")?.unwrap_or(0))?;
        let dimension = node.word("dimension", "Dimension", &["ROWS", "COLUMNS"])?;
        let dimension = dimension.ok_or_else(|| Refusal::invalid("No dimension specified."))?;
        let length = if dimension == "ROWS" { book.tabs[tab].rows.len() } else { book.tabs[tab].columns };
        let (start, end) = (node.index("startIndex")?.unwrap_or(0), node.index("endIndex")?.unwrap_or(length));
        if start >= end {
            let message = format!("endIndex[{end}] must be greater than startIndex[{start}]");
            return Err(Refusal::invalid(message));
        }
        Ok(Self { tab, dimension, start, end })
    }
}

impl Book {
    /// Every tag that a project sees: the spreadsheet's, then tab by tab.
    fn tags_for(&self, project: &str) -> Vec<Found> {
        let of_tabs = self.tabs.iter().enumerate().flat_map(|(place, tab)| {
            let own = tab.tags.iter().map(move |tag| (Spot::Tab(place), tag));
            let rows = tab.rows.iter().enumerate();
            own.chain(rows.flat_map(move |(row, line)| line.tags.iter().map(move |tag| (Spot::Row(place, row), tag))))
        });
        let all = self.tags.iter().map(|tag| (Spot::Book, tag)).chain(of_tabs);
        let seen = all.filter(|(_, tag)| tag.project.as_deref().is_none_or(|owner| owner == project));
        seen.map(|(spot, tag)| (spot, tag.clone())).collect()
    }

    /// Whether any tag has this id, of whichever project.
    fn has_tag(&self, id: i64) -> bool {
        let rows = self.tabs.iter().flat_map(|tab| tab.tags.iter().chain(tab.rows.iter().flat_map(|row| &row.tags)));
        self.tags.iter().chain(rows).any(|tag| tag.id == id)
    }

    fn tags_at(&mut self, spot: Spot) -> &mut Vec<Tag> {
        match spot {
            Spot::Book => &mut self.tags,
            Spot::Tab(tab) => &mut self.tabs[tab].tags,
            Spot::Row(tab, row) => &mut self.tabs[tab].rows[row].tags,
        }
    }

    /// `createDeveloperMetadata`
    pub(super) fn create_tag(&mut self, node: &Node<'_>, project: &str) -> Result<Value, Refusal> {
        node.only(&["metadataId", "metadataKey", "metadataValue", "location", "visibility"])?;
        let key = node.text("metadataKey")?.filter(|key| !key.is_empty());
        let key = key.ok_or_else(|| Refusal::invalid("developerMetadata.metadataKey must be specified."))?;
        let visibility = node.word("visibility", "DeveloperMetadataVisibility", &VISIBILITIES)?;
        let visibility =
            visibility.ok_or_else(|| Refusal::invalid("developerMetadata.visibility must be specified."))?;
        let location = node.object("location")?;
        let location = location.ok_or_else(|| Refusal::invalid("developerMetadata.location must be specified."))?;
        let spot = Spot::read(self, &location)?;
        let id = match node.int32("metadataId")?.filter(|id| *id != 0) {
            Some(id) if id < 0 => return Err(Refusal::invalid("developerMetadata.metadataId must be positive.")),
            Some(id) if self.has_tag(id) => {
                return Err(Refusal::invalid(format!("Developer metadata with id {id} already exists.")));
            }
            Some(id) => id,
            None => (1..=i64::from(i32::MAX)).find(|id| !self.has_tag(*id)).unwrap_or(1),
        };
        let tag = Tag {
            id,
            key: key.to_owned(),
            value: node.text("metadataValue")?.unwrap_or_default().to_owned(),
            project: (visibility == "PROJECT").then(|| project.to_owned()),
        };
        self.tags_at(spot).push(tag.clone());
        self.tags_fit()?;
        Ok(self.tag_json(&(spot, tag)))
    }

    /// `deleteDeveloperMetadata`: all that the filter finds.
    pub(super) fn delete_tags(&mut self, node: &Node<'_>, project: &str) -> Result<Vec<Value>, Refusal> {
        let filter = node.object("dataFilter")?.ok_or_else(|| Refusal::invalid("No dataFilter specified."))?;
        let found = self.find(&filter, project)?;
        for (spot, tag) in &found {
            self.tags_at(*spot).retain(|other| other.id != tag.id);
        }
        Ok(found.iter().map(|one| self.tag_json(one)).collect())
    }

    /// `updateDeveloperMetadata`: the fields of the mask, on all that the filters find.
    pub(super) fn update_tags(&mut self, node: &Node<'_>, project: &str) -> Result<Vec<Value>, Refusal> {
        let mask = node.text("fields")?.filter(|mask| !mask.is_empty()).ok_or_else(Refusal::no_fields)?;
        let change =
            node.object("developerMetadata")?.ok_or_else(|| Refusal::invalid("No developerMetadata specified."))?;
        change.only(&["metadataKey", "metadataValue", "location", "visibility"])?;
        let filters = node.list("dataFilters")?;
        let mut found: Vec<Found> = Vec::new();
        for filter in filters {
            found.extend(self.find(&Node::item(filter, "DataFilter")?, project)?);
        }
        let mut said = Vec::new();
        for (mut spot, mut tag) in found {
            self.tags_at(spot).retain(|other| other.id != tag.id);
            for field in mask.split(',').map(str::trim) {
                let all = field == "*";
                if !all && !["metadataKey", "metadataValue", "location", "visibility"].contains(&field) {
                    return Err(Refusal::unknown_mask(field));
                }
                if all || field == "metadataKey" {
                    let key = change.text("metadataKey")?.filter(|key| !key.is_empty());
                    key.ok_or_else(|| Refusal::invalid("developerMetadata.metadataKey must be specified."))?
                        .clone_into(&mut tag.key);
                }
                if all || field == "metadataValue" {
                    change.text("metadataValue")?.unwrap_or_default().clone_into(&mut tag.value);
                }
                if all || field == "visibility" {
                    let visibility = change.word("visibility", "DeveloperMetadataVisibility", &VISIBILITIES)?;
                    tag.project = (visibility == Some("PROJECT")).then(|| project.to_owned());
                }
                if all || field == "location" {
                    let location = change.object("location")?;
                    let location =
                        location.ok_or_else(|| Refusal::invalid("developerMetadata.location must be specified."))?;
                    spot = Spot::read(self, &location)?;
                }
            }
            self.tags_at(spot).push(tag.clone());
            self.tags_fit()?;
            said.push(self.tag_json(&(spot, tag)));
        }
        Ok(said)
    }

    fn tags_fit(&self) -> Result<(), Refusal> {
        let own: usize = self.tags.iter().map(Tag::characters).sum();
        if own > ROOM || self.tabs.iter().any(|tab| tab.tag_characters() > ROOM) {
            let message =
                format!("This action would increase the developer metadata above the limit of {ROOM} characters.");
            return Err(Refusal::invalid(message));
        }
        Ok(())
    }

    /// The tags that a filter finds: those that a look-up describes, or those of the rows that a range has.
    pub(super) fn find(&self, filter: &Node<'_>, project: &str) -> Result<Vec<Found>, Refusal> {
        filter.only(&["developerMetadataLookup", "a1Range", "gridRange"])?;
        match filter.names().as_slice() {
            ["developerMetadataLookup"] => {
                let Some(lookup) = filter.object("developerMetadataLookup")? else { return Err(Refusal::unreadable()) };
                self.look_up(&lookup, project)
            }
            ["a1Range" | "gridRange"] => {
                let area = self.wanted(filter)?.area(self)?;
                let inside = |spot: &Spot| matches!(spot, Spot::Row(tab, row) if *tab == area.tab && (area.top..area.bottom).contains(row));
                Ok(self.tags_for(project).into_iter().filter(|(spot, _)| inside(spot)).collect())
            }
            [] => Err(Refusal::invalid("Must specify exactly one filter.")),
            _ => Err(Refusal::invalid("Only one filter may be specified in a dataFilter.")),
        }
    }

    /// The ranges that a filter names.
    pub(super) fn ranges(&self, filter: &Node<'_>, project: &str) -> Result<Vec<Wanted>, Refusal> {
        if filter.names().iter().any(|name| ["a1Range", "gridRange"].contains(name)) {
            filter.only(&["developerMetadataLookup", "a1Range", "gridRange"])?;
            return Ok(vec![self.wanted(filter)?]);
        }
        let areas = self.find(filter, project)?.into_iter().flat_map(|(spot, _)| spot.area(self));
        Ok(areas
            .map(|area| Wanted {
                tab: area.tab,
                top: area.top,
                left: area.left,
                bottom: Some(area.bottom),
                right: Some(area.right),
                is_cell: false,
            })
            .collect())
    }

    fn wanted(&self, filter: &Node<'_>) -> Result<Wanted, Refusal> {
        if let Some(text) = filter.text("a1Range")? {
            return Wanted::read(self, text);
        }
        let grid = filter.object("gridRange")?.ok_or_else(|| Refusal::invalid("Must specify exactly one filter."))?;
        self.grid_range(&grid)
    }

    /// A `GridRange`, whose ends are exclusive and may be left out.
    pub(super) fn grid_range(&self, grid: &Node<'_>) -> Result<Wanted, Refusal> {
        grid.only(&["sheetId", "startRowIndex", "endRowIndex", "startColumnIndex", "endColumnIndex"])?;
        let tab = self.place(grid.int32("sheetId")?.unwrap_or(0))?;
        let (top, bottom) = (grid.index("startRowIndex")?.unwrap_or(0), grid.index("endRowIndex")?);
        let (left, right) = (grid.index("startColumnIndex")?.unwrap_or(0), grid.index("endColumnIndex")?);
        if bottom.is_some_and(|bottom| bottom <= top) || right.is_some_and(|right| right <= left) {
            return Err(Refusal::invalid("A range must end after it starts."));
        }
        Ok(Wanted { tab, top, left, bottom, right, is_cell: false })
    }

    fn look_up(&self, lookup: &Node<'_>, project: &str) -> Result<Vec<Found>, Refusal> {
        lookup.only(&[
            "locationType",
            "metadataLocation",
            "locationMatchingStrategy",
            "metadataId",
            "metadataKey",
            "metadataValue",
            "visibility",
        ])?;
        if lookup.names().is_empty() {
            return Err(Refusal::invalid("developerMetadataLookup must have at least one field."));
        }
        let kind = lookup.word("locationType", "DeveloperMetadataLocationType", &LOCATIONS)?;
        let strategy = lookup.word(
            "locationMatchingStrategy",
            "DeveloperMetadataLocationMatchingStrategy",
            &["EXACT_LOCATION", "INTERSECTING_LOCATION"],
        )?;
        let at = lookup.object("metadataLocation")?.map(|location| Spot::read(self, &location)).transpose()?;
        if strategy.is_some() && at.is_none() {
            return Err(Refusal::invalid("locationMatchingStrategy needs a metadataLocation."));
        }
        let (id, key, value) =
            (lookup.int32("metadataId")?, lookup.text("metadataKey")?, lookup.text("metadataValue")?);
        let visibility = lookup.word("visibility", "DeveloperMetadataVisibility", &VISIBILITIES)?;
        let is_at = |spot: Spot, at: Spot| match (strategy, at, spot) {
            // A tab meets the tags of its rows, and a row those of its tab.
            (Some("INTERSECTING_LOCATION"), Spot::Tab(tab), Spot::Row(other, _))
            | (Some("INTERSECTING_LOCATION"), Spot::Row(tab, _), Spot::Tab(other)) => tab == other,
            (Some("INTERSECTING_LOCATION"), Spot::Book, _) => true,
            _ => at == spot,
        };
        let matches = |(spot, tag): &Found| {
            kind.is_none_or(|kind| kind == spot.kind())
                && at.is_none_or(|at| is_at(*spot, at))
                && id.is_none_or(|id| id == tag.id)
                && key.is_none_or(|key| key == tag.key)
                && value.is_none_or(|value| value == tag.value)
                && visibility.is_none_or(|word| (word == "PROJECT") == tag.project.is_some())
        };
        Ok(self.tags_for(project).into_iter().filter(matches).collect())
    }

    /// A `DeveloperMetadata`.
    pub(super) fn tag_json(&self, (spot, tag): &Found) -> Value {
        let mut location = json!({"locationType": spot.kind()});
        match *spot {
            Spot::Book => location["spreadsheet"] = true.into(),
            Spot::Tab(tab) => location["sheetId"] = self.tabs[tab].sheet_id.into(),
            Spot::Row(tab, row) => {
                location["dimensionRange"] = json!({"sheetId": self.tabs[tab].sheet_id, "dimension": "ROWS", "startIndex": row, "endIndex": row + 1});
            }
        }
        let mut said = json!({"metadataId": tag.id, "metadataKey": tag.key, "location": location});
        if !tag.value.is_empty() {
            said["metadataValue"] = json!(tag.value);
        }
        said["visibility"] = if tag.project.is_some() { "PROJECT" } else { "DOCUMENT" }.into();
        said
    }
}
