"""What a session makes of what its browser says the address is, and what becomes an entry in its history."""

from dashboard.state.address import Address

DEPENDENTS = {"dataset": ("run", "image"), "run": ("view",)}


def opened(page="explore", said=None):
    address = Address(DEPENDENTS)
    address.open(page, said or {}, is_history=False)
    return address


def test_what_a_link_says_stands_there():
    address = opened(said={"image": "5"})
    assert address.get("image") == "5"
    assert address.asked == {"image"}
    assert address.is_shown()


def test_a_default_is_shown_later_and_is_no_entry():
    address = opened()
    address.put({"dataset": "mnist"})
    assert not address.is_shown()
    address.show()
    assert address.shown == {"dataset": "mnist"}


def test_a_choice_is_an_entry_and_the_same_choice_again_is_none():
    address = opened()
    assert address.choose({"image": "5", "z": None})
    assert not address.choose({"image": "5", "z": None})
    assert address.choose({"image": None, "z": "1,2"})
    assert address.parts == {"z": "1,2"}


def test_a_window_that_moves_on_is_one_entry():
    address = opened()
    assert address.choose({"view": "0,0,1", "show": None}, goes_on="view")
    assert not address.choose({"view": "0,0,2", "show": None}, goes_on="view")
    assert address.choose({"view": "0,0,2", "show": "prior"}, goes_on="view")
    assert address.choose({"view": "0,0,3", "show": "prior"}, goes_on="view")
    assert address.parts["view"] == "0,0,3"


def test_a_browser_that_has_not_heard_yet_takes_nothing_back():
    address = opened()
    address.choose({"image": "5"})
    address.show()
    address.open("explore", {}, is_history=False)  # sent before the answer came
    assert address.get("image") == "5"


def test_going_back_takes_everything_back_that_is_not_in_that_entry():
    address = opened()
    address.choose({"image": "5"})
    address.show()
    address.choose({"image": "6", "noise": "square"})
    address.show()
    address.open("explore", {"image": "5"}, is_history=True)
    assert (address.get("image"), address.get("noise")) == ("5", None)
    assert address.is_restored
    address.open("explore", {"image": "5"}, is_history=False)
    assert (address.get("noise"), address.is_restored) == (None, False)


def test_what_comes_from_the_page_before_can_be_left_behind_and_is_still_there_afterwards():
    address = opened()
    address.put({"dataset": "mnist"})
    address.open("train", {}, is_history=False)
    assert address.arrives("dataset") == "mnist"
    address.replace("dataset", "digits")
    assert address.get("dataset") == "digits"
    assert address.arrives("dataset") is None
    address.open("explore", {}, is_history=False)
    assert address.get("dataset") == "mnist"


def test_a_link_on_the_same_page_is_followed():
    address = opened()
    address.open("explore", {"image": "7"}, is_history=False)
    assert address.get("image") == "7"


def test_a_choice_travels_to_the_next_page_and_what_that_page_does_not_read_stays_behind():
    address = opened(said={"dataset": "mnist", "image": "5", "view": "0,0,1"})
    address.open("denoise", {}, is_history=False)
    assert (address.get("dataset"), address.get("image")) == ("mnist", "5")
    assert address.parts == {"dataset": "mnist", "image": "5"}
    assert address.asked == set()  # no link asked for it: nothing is to be said of it


def test_what_was_taken_back_does_not_travel():
    address = opened(said={"image": "5"})
    address.choose({"image": None})
    address.open("denoise", {}, is_history=False)
    assert address.get("image") is None


def test_a_link_to_another_data_set_leaves_the_image_of_the_old_one_behind():
    address = opened(said={"dataset": "mnist", "image": "5"})
    address.open("denoise", {"dataset": "digits"}, is_history=False)
    assert (address.get("dataset"), address.get("image")) == ("digits", None)


def test_nothing_travels_into_an_entry_that_one_goes_back_to():
    address = opened(said={"image": "5"})
    address.open("denoise", {}, is_history=False)
    address.choose({"noise": "square"})
    address.open("explore", {}, is_history=True)
    assert address.get("image") is None


def test_a_default_is_left_out_and_still_travels():
    address = opened("denoise", {"image": "0"})
    assert address.get("image") == "0"
    address.leave_out("image")
    assert address.parts == {}
    address.open("explore", {}, is_history=False)
    assert address.get("image") == "0"
