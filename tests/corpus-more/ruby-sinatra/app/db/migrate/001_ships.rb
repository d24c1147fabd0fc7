Sequel.migration { change { create_table(:ships) { primary_key :id; String :name } } }
