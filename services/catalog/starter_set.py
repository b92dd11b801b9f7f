"""The items every tenant starts with, as data."""

from __future__ import annotations

from services.catalog.model import ACTIONS, ORIGINS, RESOURCE_TYPES, Draft, Kind

_WHITE = "#fff"


def _draft(mnemonic: str, title: str, icon: str, color: str, description: str) -> Draft:
    return Draft(
        title=title,
        mnemonic=mnemonic,
        description=description,
        icon=icon,
        font_color_hex=_WHITE,
        bg_color_hex=color,
    )


STARTER_SET: tuple[tuple[Kind, tuple[Draft, ...]], ...] = (
    (
        RESOURCE_TYPES,
        (
            _draft("ORDER", "Order", "📦", "#f59e0b", "Something a customer ordered"),
            _draft("PAYMENT", "Payment", "💳", "#10b981", "Money that is asked for, moved or returned"),
            _draft("FILE", "File", "📄", "#64748b", "A file, known by its path"),
            _draft("DOCUMENT", "Document", "📝", "#3b82f6", "A document that people work on"),
            _draft("USER", "User", "👤", "#8b5cf6", "A person's account"),
            _draft("WORKFLOW", "Workflow", "⚙️", "#0891b2", "A workflow, or one of its tasks"),
        ),
    ),
    (
        ACTIONS,
        (
            _draft("CREATE", "Create", "➕", "#16a34a", "Brought into being"),
            _draft("READ", "Read", "👁️", "#0ea5e9", "Looked at"),
            _draft("UPDATE", "Update", "✏️", "#d97706", "Changed"),
            _draft("DELETE", "Delete", "🗑️", "#dc2626", "Removed"),
            _draft("ADDED", "Added", "🆕", "#15803d", "A file was added"),
            _draft("MODIFIED", "Modified", "🔧", "#b45309", "A file's content or type was changed"),
            _draft("DELETED", "Deleted", "❌", "#b91c1c", "A file was removed"),
            _draft("RENAMED", "Renamed", "🔀", "#7c3aed", "A file was moved to another path"),
            _draft("COMPLETED", "Completed", "✅", "#16a34a", "A task or a workflow was completed"),
            _draft("FAILED", "Failed", "⚠️", "#dc2626", "A task or a workflow failed"),
            _draft("CANCELLED", "Cancelled", "🚫", "#64748b", "A task or a workflow was cancelled"),
        ),
    ),
    (
        ORIGINS,
        (
            _draft("WEBAPP", "Web application", "🌐", "#2563eb", "A page in a browser"),
            _draft("MOBILE", "Mobile app", "📱", "#9333ea", "An app on a phone or tablet"),
            _draft("API", "API", "🔌", "#0d9488", "A program calling over HTTP"),
            _draft("CLI", "Command line", "⌨️", "#334155", "A command typed or scripted"),
            _draft("SDK", "SDK", "🧩", "#c026d3", "A client library"),
            _draft("GIT", "Git", "🌿", "#ea580c", "A commit in a repository"),
            _draft("WORKFLOW", "Workflow", "⚙️", "#0891b2", "A workflow that ran"),
        ),
    ),
)
SYSTEM_MNEMONICS: tuple[tuple[Kind, str], ...] = tuple(
    (kind, draft.mnemonic) for kind, drafts in STARTER_SET for draft in drafts
)
"""The kinds and mnemonics of the set."""
