//! Opening a URL in the person's browser.
