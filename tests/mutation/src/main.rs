//! `mutation LIST TREE IDS` writes the mutations of `LIST` (`cargo mutants --list --json`) into the sources under `TREE`, each behind a
//! switch, so that one build serves them all. A mutation's id is its place in the list; only those in `IDS` (a JSON
//! array) are written. Prints, as JSON, those that have been left out: a constant has no moment to look at a switch.
//!
//! Every change is an insertion, so that a mutation may stand inside of the original half of another:
//!
//! ```text
//! a && b         (if crate::mutant::on(7) { a || b } else { a && b })
//! fn f() { .. }  fn f() { if crate::mutant::on(8) { return 0; } .. }
//! pat => ..      pat if !crate::mutant::on(9) => ..
//! pat if c => .. pat if (crate::mutant::on(10) || (c)) => ..
//! ```
//!
//! `/*<7*/` and `/*7>*/` stand around what is the mutation's own: a compiler's error between them is the mutation's fault.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::ops::Range;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// One mutation, as cargo-mutants describes it.
#[derive(Deserialize)]
struct Mutation {
    file: String,
    genre: String,
    replacement: String,
    span: Position,
}

#[derive(Deserialize)]
struct Position {
    start: Place,
}

/// Both count from one; columns count characters.
#[derive(Clone, Copy, Deserialize, PartialEq, Eq, Hash)]
struct Place {
    line: usize,
    column: usize,
}

/// Text to put in at a byte. Of two at one byte the one with the lower rank comes first.
struct Insertion {
    at: usize,
    rank: (i64, i64),
    text: String,
}

/// Walks one file.
struct Instrument<'a> {
    source: &'a str,
    wanted: HashMap<Place, Vec<(usize, &'a Mutation)>>,
    insertions: Vec<Insertion>,
    written: HashSet<usize>,
    constant: bool,
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [list, tree, ids] = arguments.as_slice() else { anyhow::bail!("mutation LIST TREE IDS") };
    let mutations: Vec<Mutation> = serde_json::from_str(&fs::read_to_string(list)?)?;
    let ids: HashSet<usize> = serde_json::from_str(&fs::read_to_string(ids)?)?;
    let mut by_file: HashMap<&str, Vec<(usize, &Mutation)>> = HashMap::new();
    for (id, mutation) in mutations.iter().enumerate().filter(|(id, _)| ids.contains(id)) {
        by_file.entry(&mutation.file).or_default().push((id, mutation));
    }
    let mut written = HashSet::new();
    for (file, wanted) in by_file {
        written.extend(instrument(&Path::new(tree).join(file), &wanted).with_context(|| file.to_owned())?);
    }
    let mut left_out: Vec<_> = ids.difference(&written).collect();
    left_out.sort_unstable();
    println!("{}", serde_json::to_string(&left_out)?);
    Ok(())
}

/// Rewrites one file; returns the mutations that it holds now.
fn instrument(path: &Path, mutations: &[(usize, &Mutation)]) -> Result<HashSet<usize>> {
    let source = fs::read_to_string(path)?;
    let mut wanted: HashMap<Place, Vec<(usize, &Mutation)>> = HashMap::new();
    for &(id, mutation) in mutations {
        wanted.entry(mutation.span.start).or_default().push((id, mutation));
    }
    let mut walk =
        Instrument { source: &source, wanted, insertions: Vec::new(), written: HashSet::new(), constant: false };
    walk.visit_file(&syn::parse_file(&source)?);
    let Instrument { mut insertions, written, .. } = walk;
    insertions.sort_by_key(|insertion| (insertion.at, insertion.rank));
    let mut text = String::new();
    let mut copied = 0;
    for insertion in insertions {
        text.push_str(&source[copied..insertion.at]);
        text.push_str(&insertion.text);
        copied = insertion.at;
    }
    text.push_str(&source[copied..]);
    fs::write(path, text)?;
    Ok(written)
}

/// What asks for a mutation.
fn switch(id: usize) -> String {
    format!("crate::mutant::on({id})")
}

impl Instrument<'_> {
    /// The mutations of one genre that begin at a token.
    fn take(&mut self, spanned: &impl Spanned, genre: &str) -> Vec<(usize, String)> {
        let start = spanned.span().start();
        let place = Place { line: start.line, column: start.column + 1 };
        if self.constant {
            return Vec::new();
        }
        let found: Vec<_> =
            self.wanted.get(&place).into_iter().flatten().filter(|(_, found)| found.genre == genre).collect();
        self.written.extend(found.iter().map(|(id, _)| id));
        found.into_iter().map(|(id, found)| (*id, found.replacement.clone())).collect()
    }

    /// Puts text around a part of the source; what stands around more, stands outside.
    fn around(&mut self, range: Range<usize>, before: String, after: String) {
        let length = range.len() as i64;
        // Of two around the same range, the one that came first is the outer one.
        let turn = self.insertions.len() as i64;
        self.insertions.push(Insertion { at: range.start, rank: (-length, turn), text: before });
        // An end at the byte where something else begins comes first, and the inner before the outer.
        self.insertions.push(Insertion { at: range.end, rank: (i64::MIN / 2 + length, -turn), text: after });
    }

    /// An expression that is one of several texts.
    fn choose(&mut self, whole: Range<usize>, texts: Vec<(usize, String)>) {
        if texts.is_empty() {
            return;
        }
        let mut before = String::from("(");
        for (id, text) in texts {
            before += &format!("if {} {{ /*<{id}*/{text}\n/*{id}>*/ }} else ", switch(id));
        }
        self.around(whole, before + "{ ", " })".to_owned());
    }

    /// An expression with other operators than its own.
    fn operator(&mut self, expression: &impl Spanned, operator: &impl Spanned, genre: &str) {
        let (whole, part) = (expression.span().byte_range(), operator.span().byte_range());
        let mutations = self.take(operator, genre);
        let texts = mutations.into_iter().map(|(id, by)| (id, self.replaced(&whole, &part, &by))).collect();
        self.choose(whole, texts);
    }

    /// The source with a part of it replaced.
    fn replaced(&self, whole: &Range<usize>, part: &Range<usize>, by: &str) -> String {
        format!("{}{by}{}", &self.source[whole.start..part.start], &self.source[part.end..whole.end])
    }

    /// What runs at compile time asks for no switch.
    fn constant(&mut self, walk: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.constant, true);
        walk(self);
        self.constant = before;
    }

    fn function(&mut self, signature: &syn::Signature, block: &syn::Block, walk: impl FnOnce(&mut Self)) {
        if signature.constness.is_some() {
            return self.constant(walk);
        }
        if let Some(first) = block.stmts.first() {
            let mutations = self.take(first, "FnValue");
            let mut text = String::new();
            for (id, value) in &mutations {
                text += &format!("if {} {{ /*<{id}*/ return {value}; /*{id}>*/ }}\n", switch(*id));
            }
            let at = first.span().byte_range().start;
            self.insertions.push(Insertion { at, rank: (i64::MIN / 4, 0), text });
        }
        walk(self);
    }
}

/// Whether a chain of conditions binds a pattern; nothing can be put around its parts.
fn binds(expression: &syn::Expr) -> bool {
    match expression {
        syn::Expr::Let(_) => true,
        syn::Expr::Binary(binary) => binds(&binary.left) || binds(&binary.right),
        _ => false,
    }
}

impl<'ast> Visit<'ast> for Instrument<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig, &item.block, |this| visit::visit_item_fn(this, item));
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, &item.block, |this| visit::visit_impl_item_fn(this, item));
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        match &item.default {
            Some(block) => self.function(&item.sig, block, |this| visit::visit_trait_item_fn(this, item)),
            None => visit::visit_trait_item_fn(self, item),
        }
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        self.constant(|this| visit::visit_item_const(this, item));
    }

    fn visit_impl_item_const(&mut self, item: &'ast syn::ImplItemConst) {
        self.constant(|this| visit::visit_impl_item_const(this, item));
    }

    fn visit_item_static(&mut self, item: &'ast syn::ItemStatic) {
        self.constant(|this| visit::visit_item_static(this, item));
    }

    fn visit_type_array(&mut self, item: &'ast syn::TypeArray) {
        self.constant(|this| visit::visit_type_array(this, item));
    }

    fn visit_expr_repeat(&mut self, item: &'ast syn::ExprRepeat) {
        self.visit_expr(&item.expr);
        self.constant(|this| this.visit_expr(&item.len));
    }

    fn visit_expr_binary(&mut self, item: &'ast syn::ExprBinary) {
        if !binds(&item.left) && !binds(&item.right) {
            self.operator(item, &item.op, "BinaryOperator");
        }
        visit::visit_expr_binary(self, item);
    }

    fn visit_expr_unary(&mut self, item: &'ast syn::ExprUnary) {
        self.operator(item, &item.op, "UnaryOperator");
        visit::visit_expr_unary(self, item);
    }

    fn visit_expr_struct(&mut self, item: &'ast syn::ExprStruct) {
        let whole = item.span().byte_range();
        let mut texts = Vec::new();
        for field in item.fields.pairs() {
            let part = field.span().byte_range();
            for (id, _) in self.take(field.value(), "StructField") {
                texts.push((id, self.replaced(&whole, &part, "")));
            }
        }
        self.choose(whole, texts);
        visit::visit_expr_struct(self, item);
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        let deleted = self.take(arm, "MatchArm");
        if let Some((_, guard)) = &arm.guard {
            let range = guard.span().byte_range();
            let mut before = String::from("(");
            let mut mutations = self.take(guard, "MatchArmGuard");
            // `on(1) || !on(2) && (guard)`: true has to come first.
            mutations.sort_by(|a, b| b.1.cmp(&a.1));
            for (id, by) in mutations {
                before += &if by == "true" { format!("{} || ", switch(id)) } else { format!("!{} && ", switch(id)) };
            }
            before += &deleted.iter().map(|(id, _)| format!("!{} && ", switch(*id))).collect::<String>();
            self.around(range, before + "(", "))".to_owned());
        } else if let [(id, _)] = deleted.as_slice() {
            let end = arm.pat.span().byte_range().end;
            self.insertions.push(Insertion {
                at: end,
                rank: (i64::MAX, 0),
                text: format!(" if /*<{id}*/ !{} /*{id}>*/", switch(*id)),
            });
        }
        visit::visit_arm(self, arm);
    }
}
