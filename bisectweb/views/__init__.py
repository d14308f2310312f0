"""The pages: fetch, guard, act, render. One module per noun."""
