"""The Web API methods, one module a family; `table.METHODS` says what each asks for."""
