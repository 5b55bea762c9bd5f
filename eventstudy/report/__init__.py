"""Result to document: tables, figures, the PDF bundle. Never a fit."""
