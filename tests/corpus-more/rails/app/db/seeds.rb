Ship.create!([{ name: "Vasa", guns: 64 }, { name: "Mary Rose", guns: 91 }])
