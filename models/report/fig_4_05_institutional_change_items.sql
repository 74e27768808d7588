with

mobilities as (

    select * from {{ ref('fct_mobility') }}

),

answers as (

    select * from {{ ref('fct_outcome_answer') }}

),

items as (

    select * from {{ ref('dim_outcome_item') }}

),

themes as (

    select * from {{ ref('change_theme') }}

),

tenses as (

    select * from {{ ref('change_tense') }}

),

averaged as (

    {{ means_of_items() }}

),

final as (

    select
        items.change_theme,
        themes.label_nb as change_theme_label_nb,
        themes.label_en as change_theme_label_en,
        themes.sort_order as change_theme_sort_order,
        items.change_tense,
        tenses.label_nb as change_tense_label_nb,
        tenses.label_en as change_tense_label_en,
        tenses.sort_order as change_tense_sort_order,
        averaged.n_answers,
        averaged.mean_answer_value

    from averaged
    inner join items on averaged.item_key = items.item_key
    inner join themes on items.change_theme = themes.change_theme
    inner join tenses on items.change_tense = tenses.change_tense

)

select * from final
