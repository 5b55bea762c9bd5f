"""Tables from files of any kind and frames of any library, before columns have a meaning."""
