//! Elements of the page. Everything is closed and quoted, so that the page is well-formed XML
//! too and can be checked as such.

/// `text` with the characters that mean something to HTML replaced.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A part of the page with a heading.
#[derive(Debug)]
pub struct Section {
    /// Its anchor.
    pub id: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// HTML.
    pub body: String,
}

impl Section {
    /// The section as an element.
    pub fn html(&self) -> String {
        let (id, title, body) = (self.id, escape(self.title), &self.body);
        format!("<section id=\"{id}\"><h2>{title}</h2>\n{body}</section>\n")
    }
}

/// A paragraph of plain text.
pub fn paragraph(text: &str) -> String {
    format!("<p>{}</p>\n", escape(text))
}

/// A paragraph that comments on what follows.
pub fn note(text: &str) -> String {
    format!("<p class=\"note\">{}</p>\n", escape(text))
}

/// Something to open when one wants to know.
pub fn details(summary: &str, body: &str) -> String {
    format!(
        "<details><summary>{}</summary>{body}</details>\n",
        escape(summary)
    )
}

/// A chart with its finding above it and its numbers below.
pub fn figure(finding: &str, how: &str, chart: &str, numbers: &str) -> String {
    let how = if how.is_empty() {
        String::new()
    } else {
        format!("<span>{}</span>", escape(how))
    };
    let numbers = if numbers.is_empty() {
        String::new()
    } else {
        details("Numbers", numbers)
    };
    let finding = escape(finding);
    format!("<figure><figcaption><b>{finding}</b>{how}</figcaption>{chart}{numbers}</figure>\n")
}

/// Figures beside each other, as many as there is room for; `class` says how wide they are.
pub fn grid(class: &str, figures: &[String]) -> String {
    format!("<div class=\"grid {class}\">{}</div>\n", figures.concat())
}

/// A table whose first columns hold text and whose others hold figures.
#[derive(Debug)]
pub struct Table {
    head: String,
    rows: String,
    text_columns: usize,
}

impl Table {
    /// A table with these heads, or with none; from `text_columns` on they stand over figures.
    pub fn new(text_columns: usize, heads: &[&str]) -> Self {
        let head: String = heads
            .iter()
            .map(|head| format!("<th>{}</th>", escape(head)))
            .collect();
        let head = match heads {
            [] => String::new(),
            _ => format!("<thead><tr>{head}</tr></thead>"),
        };
        Self {
            head,
            rows: String::new(),
            text_columns,
        }
    }

    /// Adds a row of plain texts; `class` may be empty.
    pub fn row(&mut self, class: &str, cells: &[&str]) {
        self.raw_row(
            class,
            &cells.iter().map(|cell| escape(cell)).collect::<Vec<_>>(),
        );
    }

    /// Adds a row of HTML.
    pub fn raw_row(&mut self, class: &str, cells: &[String]) {
        let class = if class.is_empty() {
            String::new()
        } else {
            format!(" class=\"{class}\"")
        };
        let cells: String = cells
            .iter()
            .map(|cell| format!("<td>{cell}</td>"))
            .collect();
        self.rows.push_str(&format!("<tr{class}>{cells}</tr>\n"));
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table as an element that scrolls by itself where the page is too narrow for it.
    pub fn html(&self) -> String {
        let (columns, head, rows) = (self.text_columns, &self.head, &self.rows);
        format!(
            "<div class=\"scroll\"><table class=\"t{columns}\">{head}<tbody>\n{rows}</tbody></table></div>\n"
        )
    }
}

/// The whole page: one file that needs nothing else, least of all a network or a script.
pub fn page(title: &str, head: &str, sections: &[Section]) -> String {
    let links = sections
        .iter()
        .map(|s| format!("<a href=\"#{}\">{}</a>", s.id, escape(s.title)));
    let links: String = links.collect::<Vec<_>>().join(" ");
    let body: String = sections.iter().map(Section::html).collect();
    let (title, style) = (escape(title), include_str!("style.css"));
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\
         <meta name=\"color-scheme\" content=\"light dark\"/>\
         <title>{title}</title><style>\n{style}</style></head>\n\
         <body><header>{head}<nav>{links}</nav></header>\n<main>\n{body}</main></body></html>\n"
    )
}
