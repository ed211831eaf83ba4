"""What each page shows: one read function a page that returns a frozen dataclass. No Streamlit, so tests read them."""
